"""The sections of a SWMM input file, each row with the line that it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kota.errors import InputError

KEYS: Mapping[str, str] = {
    "OPTION": "OPTIONS",
    "RAINGAGE": "RAINGAGES",
    "SUBCATCH": "SUBCATCHMENTS",
    "INFIL": "INFILTRATION",
    "JUNC": "JUNCTIONS",
    "OUTF": "OUTFALLS",
    "STOR": "STORAGE",
    "DIVID": "DIVIDERS",
    "COND": "CONDUITS",
    "PUMP": "PUMPS",
    "ORIF": "ORIFICES",
    "WEIR": "WEIRS",
    "OUTLET": "OUTLETS",
    "XSECT": "XSECTIONS",
    "CURVE": "CURVES",
    "COORD": "COORDINATES",
    "VERT": "VERTICES",
}
"""The beginnings by which SWMM knows its sections; others are SWMM's own business."""

_HEAD = re.compile(r"\s*\[\s*(\w+)")
_QUOTED = re.compile(r'"[^"]*"|\S+')


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a section.

    Args:
        where: file and line, for messages.
        section: its name.
        words: what stands there; the first is the id.
    """

    where: str
    section: str
    words: tuple[str, ...]

    @property
    def id(self) -> str:
        """Of whom it tells."""
        return self.words[0]

    def need(self, count: int, names: str) -> None:
        """See that it has so many words.

        Raises:
            InputError: it has fewer; says which were expected.
        """
        if len(self.words) < count:
            raise InputError(
                f"{self.where}: [{self.section}] of {self.id!r} has {len(self.words)} values; "
                f"expected {names}"
            )

    def word(self, position: int, default: str = "") -> str:
        """The word there, or another where the row is shorter."""
        return self.words[position] if len(self.words) > position else default

    def number(self, position: int, what: str, default: float | None = None) -> float:
        """The number there.

        Raises:
            InputError: it is none; says what was expected.
        """
        if len(self.words) <= position and default is not None:
            return default
        text = self.word(position)
        if text == "*" and default is not None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < float("inf"):
            raise InputError(
                f"{self.where}: [{self.section}] of {self.id!r}: {text!r} is no number; "
                f"expected {what}"
            )
        return value


class Sections:
    """A SWMM input file, split.

    Args:
        path: of the file.

    Raises:
        InputError: it cannot be read, or has no section at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[str, list[Row]] = {name: [] for name in KEYS.values()}
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        headed = False
        section: str | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            head = _HEAD.match(line)
            if head is not None:
                headed, section = True, _known(head[1])
                continue
            words = tuple(one.strip('"') for one in _QUOTED.findall(line.partition(";")[0]))
            if words and section is not None:
                self._rows[section].append(Row(f"{path} line {number}", section, words))
        if not headed:
            raise InputError(f"{path}: has no sections; expected a SWMM input file with [OPTIONS]")

    def __getitem__(self, section: str) -> Sequence[Row]:
        return self._rows[section]

    def once(self, section: str, seen: set[str]) -> Iterator[Row]:
        """The rows of a section whose ids are all new.

        Raises:
            InputError: an id stands there twice.
        """
        for row in self._rows[section]:
            if row.id in seen:
                raise InputError(
                    f"{row.where}: {row.id!r} stands there twice; expected each id once"
                )
            seen.add(row.id)
            yield row

    def option(self, name: str, default: str) -> str:
        """An option, in capitals."""
        found = [row.word(1) for row in self._rows["OPTIONS"] if row.id.upper() == name]
        return found[-1].upper() if found else default


def _known(head: str) -> str | None:
    name = head.upper()
    return next((full for short, full in KEYS.items() if name.startswith(short)), None)
