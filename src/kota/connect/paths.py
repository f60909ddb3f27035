"""Paths into decoded payloads: ``air.temperature``, ``gateways[0].rssi``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Steps = tuple[str | int, ...]
Find = Callable[[Any], Any]
"""Gives the value at a path, or None."""

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def parse_path(text: str) -> Steps:
    """The keys and list positions of a path.

    Raises:
        ValueError: the text is no path.

    >>> parse_path("gateways[0].rssi")
    ('gateways', 0, 'rssi')
    """
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None or (at == 0 and text[0] == "."):
            raise ValueError(f"{text!r} is not a path such as air.temperature or gateways[0].rssi")
        steps.append(match[1] if match[1] is not None else int(match[2]))
        at = match.end()
    if not steps:
        raise ValueError("a path is not empty")
    return tuple(steps)


def finder(steps: Steps) -> Find:
    """A function that follows a path.

    >>> finder(("a", 1))({"a": [10, 20]})
    20
    """
    if len(steps) == 1 and isinstance(steps[0], str):
        key = steps[0]
        return lambda value: value.get(key) if type(value) is dict else None

    def find(value: Any) -> Any:
        for step in steps:
            if isinstance(step, str):
                if type(value) is not dict:
                    return None
                value = value.get(step)
            elif type(value) is list and step < len(value):
                value = value[step]
            else:
                return None
        return value

    return find
