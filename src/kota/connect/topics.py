"""MQTT topics with named levels: ``/{apikey}/{device}/attrs``."""

from __future__ import annotations

import re

_CAPTURE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class TopicPattern:
    """A topic in which levels, or parts of levels, have names.

    Args:
        text: levels divided by ``/``; ``{name}`` stands for one level or a part of one, ``+`` for
            any one level, a last ``#`` for all that follow.

    Raises:
        ValueError: the text is no such pattern.

    >>> TopicPattern("/{apikey}/{device}/attrs").match("/k1/pump7/attrs")
    {'apikey': 'k1', 'device': 'pump7'}
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.captures = tuple(_CAPTURE.findall(text))
        _check(text, self.captures)
        levels = text.split("/")
        self.subscription = "/".join("+" if "{" in level else level for level in levels)
        self._match = re.compile("/".join(map(_level, levels)).replace("/.*", "(?:/.*)?")).fullmatch

    def match(self, topic: str) -> dict[str, str] | None:
        """The named parts of a topic, or None where it does not fit."""
        match = self._match(topic)
        return match.groupdict() if match else None


def _level(level: str) -> str:
    if level == "#":
        return ".*"
    if level == "+":
        return "[^/]*"
    pieces = _CAPTURE.split(level)
    return "".join(
        re.escape(piece) if i % 2 == 0 else f"(?P<{piece}>[^/]+)" for i, piece in enumerate(pieces)
    )


def _check(text: str, captures: tuple[str, ...]) -> None:
    if not text:
        raise ValueError("a topic is not empty")
    if len(set(captures)) < len(captures):
        raise ValueError(f"{text!r} names a level twice")
    levels = text.split("/")
    for i, level in enumerate(levels):
        rest = _CAPTURE.sub("", level)
        if "{" in rest or "}" in rest:
            raise ValueError(f"{text!r} has braces that hold no name such as {{device}}")
        if "#" in level and (level != "#" or i < len(levels) - 1):
            raise ValueError(f"{text!r} has a # that is not its last level")
        if "+" in level and level != "+":
            raise ValueError(f"{text!r} has a + that is not a whole level")
