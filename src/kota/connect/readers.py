"""Readers: what a profile's ``[[attribute]]`` tables are compiled to, one for each attribute."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from kota.connect.paths import Find, finder, parse_path
from kota.connect.profile_format import AttributeTable
from kota.connect.pseudonyms import Identity, Pseudonyms, identity_reader
from kota.connect.raw_values import taker
from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality

Grade = Callable[[float], "Quality | None"]
Make = Callable[[Any, "int | None", "Quality | None"], Attribute]
"""Gets a raw value (not None), the instant at which it was true (None: it has no time), and the
quality that the whole message has. Raises ValueError where the value is not what the profile says;
names what is wrong."""

KINDS: Final = {
    "Property": Kind.PROPERTY,
    "GeoProperty": Kind.GEO_PROPERTY,
    "Relationship": Kind.RELATIONSHIP,
    "VocabProperty": Kind.VOCAB_PROPERTY,
    "JsonProperty": Kind.JSON_PROPERTY,
}


RANDOMISED: Final = Quality(Level.UNCERTAIN, reason="randomised address")


class Maker:
    """Makes one attribute of raw values.

    Args:
        table: what the profile or map says of it.
        name: its expanded name.
    """

    def __init__(self, table: AttributeTable, name: str) -> None:
        self.table = table
        self.name = name
        self.read = _maker(table)
        """Makes the attribute of a raw value; see `Make`."""


class Reader(Maker):
    """Finds one attribute in a measure and makes it.

    Args:
        table: what the profile says of it.
        name: its expanded name.
    """

    def __init__(self, table: AttributeTable, name: str) -> None:
        super().__init__(table, name)
        self.key, self.find, self.from_whole = _source(table)


class PseudonymReader(Reader):
    """Finds an identifier in a measure and makes its pseudonym; nothing else keeps it.

    Args:
        table, name: as of a `Reader`.
        kind: the sort of identifier.
        pseudonyms: names it.
    """

    def __init__(
        self, table: AttributeTable, name: str, kind: Identity, pseudonyms: Pseudonyms
    ) -> None:
        super().__init__(table, name)
        self.read = _namer(table, kind, pseudonyms)


def _namer(table: AttributeTable, kind: Identity, pseudonyms: Pseudonyms) -> Make:
    """Makes the pseudonym of an identifier; that of a randomised address is uncertain."""
    read, dataset = identity_reader(kind), table.dataset

    def make(raw: Any, at: int | None, doubt: Quality | None) -> Attribute:
        identity, randomised = read(raw)
        quality = RANDOMISED if randomised else doubt
        return Attribute(Kind.PROPERTY, pseudonyms.of(identity), at, None, dataset, quality)

    return make


def _maker(table: AttributeTable) -> Make:
    """What the table says, as one function: it runs for every value that comes in."""
    kind, unit, dataset, timed = KINDS[table.kind], table.unit, table.dataset, table.timed
    take, grade = taker(table), grader(table)

    def make(raw: Any, at: int | None, doubt: Quality | None) -> Attribute:
        value = take(raw)
        if grade is not None:
            doubt = grade(value) or doubt
        return Attribute(kind, value, at if timed else None, unit, dataset, doubt)

    return make


def _source(table: AttributeTable) -> tuple[str | None, Find, bool]:
    """Plain key (None: follow the path), path, and whether it starts at the whole payload."""
    if table.lon is not None and table.lat is not None:
        lon, lat = finder(parse_path(table.lon)), finder(parse_path(table.lat))

        def position(values: Any) -> Any:
            pair = lon(values), lat(values)
            return None if None in pair else pair

        return None, position, False
    text = table.source or table.name
    if text == "$":
        return None, lambda whole: whole, True
    whole = text.startswith("$.")
    steps = parse_path(text[2:] if whole else text)
    plain = steps[0] if len(steps) == 1 and isinstance(steps[0], str) and not whole else None
    return plain, finder(steps), whole


def grader(table: AttributeTable) -> Grade | None:
    """How a number is judged; None where it is not."""
    if table.valid is None and table.usual is None:
        return None
    unit = f" {table.unit}" if table.unit else ""
    low, high = table.valid or (-math.inf, math.inf)
    few, many = table.usual or (-math.inf, math.inf)
    bad = Quality(Level.BAD, reason=f"outside the valid range {low:g} to {high:g}{unit}")
    odd = Quality(Level.UNCERTAIN, reason=f"outside the usual range {few:g} to {many:g}{unit}")

    def grade(value: float) -> Quality | None:
        if not low <= value <= high:
            return bad
        if not few <= value <= many:
            return odd
        return None

    return grade
