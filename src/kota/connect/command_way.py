"""The way from an entity back to its device: ``[commands]`` of a device profile, compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import msgspec

from kota.connect.profile_format import CommandsTable
from kota.connect.toml_source import TomlSource
from kota.connect.topics import TopicPattern

_NAME = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class CommandWay(msgspec.Struct, frozen=True):
    """Where commands go.

    Args:
        topic: template of the topic.
        names: in it.
        answers: where devices answer, or None.
        identity: template of the entity's id.
    """

    topic: str
    names: tuple[str, ...]
    answers: TopicPattern | None
    identity: str

    def names_of(self, entity_id: str) -> dict[str, str] | None:
        """The names in an entity's id, or None where it is none of the profile's.

        >>> way = CommandWay("/{device}/cmd", ("device",), None, "urn:Pump:{device}")
        >>> way.names_of("urn:Pump:a")
        {'device': 'a'}
        """
        pieces = _NAME.split(self.identity)
        pattern = "".join(
            re.escape(piece) if i % 2 == 0 else f"(?P<{piece}>[^/]+)"
            for i, piece in enumerate(pieces)
        )
        match = re.fullmatch(pattern, entity_id)
        if match is None:
            return None
        return {name: unquote(text) for name, text in match.groupdict().items()}

    def topic_of(self, names: Mapping[str, str]) -> str | None:
        """The topic of a device, or None where a name in it is not known."""
        topic = self.topic
        for name in self.names:
            text = names.get(name)
            if not text or any(sign in text for sign in "/+#\0"):
                return None
            topic = topic.replace(f"{{{name}}}", text)
        return topic


def command_way(
    source: TomlSource,
    table: CommandsTable | None,
    identity: str,
    patterns: Sequence[TopicPattern],
) -> CommandWay | None:
    """Check and compile ``[commands]``.

    Raises:
        ConfigurationError: a topic is wrong; names file and line.
    """
    if table is None:
        return None
    known = set.intersection(*(set(one.captures) for one in patterns)) if patterns else {"device"}
    compiled = {}
    for key, text in (("topic", table.topic), ("answers", table.answers)):
        if text is None:
            continue
        place = ("commands", key)
        try:
            pattern = TopicPattern(text)
        except ValueError as error:
            raise source.error(place, str(error)) from error
        if "+" in pattern.text or "#" in pattern.text:
            raise source.error(place, f"{text!r} has a + or #; a device has one topic")
        for name in pattern.captures:
            if name not in known:
                raise source.error(place, f"{{{name}}} is not in the device's own topic")
        if "device" not in pattern.captures:
            raise source.error(place, f"{text!r} does not say where {{device}} stands")
        compiled[key] = pattern
    topic = compiled["topic"]
    return CommandWay(topic.text, topic.captures, compiled.get("answers"), identity)
