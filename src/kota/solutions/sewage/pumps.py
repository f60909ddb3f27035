"""Pumps that a plant switches itself: SWMM's own switching by level lets nobody stop a pump."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kota.solutions.sewage.sections import Row
from kota.solutions.sewage.swmm import Engine

RUN: Final = "OPEN"
STAND: Final = "CLOSED"
AUTO: Final = "AUTO"
SETTINGS: Final = (RUN, STAND, AUTO)
DRY_M: Final = 0.3
"""Below this depth of its well a pump would draw air: it stands, whatever is wanted."""
_ROW = re.compile(r"^(\s*\S+\s+\S+\s+\S+\s+\S+\s+\S+)(\s+\S+\s+\S+)\s*(;.*)?$")


@dataclass(frozen=True, slots=True)
class Levels:
    """When a pump switches itself.

    Args:
        well: the node that it empties.
        start, stop: depths there [m]; both 0: it always runs.
    """

    well: str
    start: float
    stop: float


def levels(rows: Iterable[Row]) -> dict[str, Levels]:
    """The switching levels of each pump, by id.

    Args:
        rows: of section PUMPS, in metres.
    """
    return {
        row.id: Levels(row.word(1), row.number(5, "a depth", 0.0), row.number(6, "a depth", 0.0))
        for row in rows
    }


def without_levels(text: str) -> str:
    """A model whose pumps do not switch themselves."""
    lines, inside = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            inside = line.strip().upper().startswith("[PUMP")
        found = _ROW.match(line) if inside else None
        lines.append(f"{found[1]} 0 0" if found else line)
    return "\n".join(lines) + "\n"


class Switches:
    """The controller of pumps on site: it obeys, but its own interlocks go before any command.

    Args:
        pumps: by id.
    """

    def __init__(self, pumps: Mapping[str, Levels]) -> None:
        self._pumps = pumps
        self._wanted = dict.fromkeys(pumps, AUTO)
        self._runs = dict.fromkeys(pumps, False)
        self.broken: frozenset[str] = frozenset()

    def setting(self, pump: str) -> str:
        """Running, standing, or by its own levels."""
        return self._wanted[pump]

    def order(self, pump: str, wanted: object) -> str | None:
        """Switch a pump; returns why not, in words, or None where it was."""
        if not isinstance(wanted, str) or wanted not in SETTINGS:
            return f"{wanted!r} is no setting of a pump"
        self._wanted[pump] = wanted
        return None

    def act(self, engine: Engine) -> None:
        """Look at the wells and set every pump, before each step."""
        for name, pump in self._pumps.items():
            depth = engine.depth(pump.well)
            if depth >= pump.start:
                self._runs[name] = True
            elif depth <= pump.stop:
                self._runs[name] = False
            by_hand = {RUN: True, STAND: False}.get(self._wanted[name], self._runs[name])
            runs = by_hand and depth > DRY_M and name not in self.broken
            engine.set(name, 1.0 if runs else 0.0)
