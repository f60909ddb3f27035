"""Decoders: one message of one device in, what was observed of its entity out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kota.connect.entity_names import entity_name
from kota.connect.paths import Find, finder, parse_path
from kota.connect.payloads import Measure
from kota.connect.profile import Profile
from kota.connect.raw_values import any_of, geometry_of, shown
from kota.context.ingest import Patch
from kota.model.entity import Attribute, Kind
from kota.model.payload import NOT_ATTRIBUTES
from kota.model.payload_attribute import GEO_ONLY
from kota.model.quality import Level, Quality

MAX_REST: Final = 200
"""Most members of one payload that are kept under their own names."""

_NOT_ATTRIBUTES = NOT_ATTRIBUTES | {"TimeInstant"}
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_AHEAD = Quality(Level.UNCERTAIN, reason="the device's clock is ahead; time of arrival taken")


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """What a message gave.

    Args:
        patches: what was observed.
        faults: what in the message could not be understood; of a private profile, without a word
            of what stood there.
        fleeting: what was observed and must never be stored.
    """

    patches: list[Patch]
    faults: list[str]
    fleeting: list[Patch] = []


class Decoder:
    """Decodes the messages of one device by its profile.

    Args:
        profile: how they are written.
        captures: names in the topic and their text; ``device`` among them.
        entity_id: the entity, where not the one that the profile's template names.
    """

    def __init__(
        self, profile: Profile, captures: Mapping[str, str], *, entity_id: str | None = None
    ) -> None:
        self.profile = profile
        self.clock = profile.clock
        self.entity_id = entity_id or entity_name(profile.entity_id, captures)
        self._readers = tuple(
            reader
            for reader in profile.readers
            if all(captures.get(name) == text for name, text in reader.table.when.items())
        )
        self._steps = tuple(
            (reader, reader.name, reader.key, reader.read) for reader in self._readers
        )
        self._known = (
            frozenset(reader.key or reader.table.name for reader in self._readers) | _NOT_ATTRIBUTES
        )
        self._open = profile.open
        self._keep_rest = profile.keep_rest
        self._time = _time_finder(profile.time_path)
        self._constants = profile.constants
        self._pseudonyms = profile.pseudonyms

    def decode(self, payload: bytes, now: int) -> Decoded:
        """Read one message.

        Args:
            payload: as it came.
            now: the instant of its arrival, by the clock that the profile follows.
        """
        if self._pseudonyms is not None:
            self._pseudonyms.turn(now)
        try:
            measures = self._open(payload)
        except ValueError as error:
            return Decoded([], [self._fault("", error)])
        patches: list[Patch] = []
        faults: list[str] = []
        for measure in measures:
            attrs = self._read(measure, now, faults)
            if attrs:
                patches.append(Patch(self.entity_id, self.profile.types, attrs, self.profile.scope))
        if not patches and not faults and not (self.profile.each and not measures):
            faults.append(self._nothing(measures))
        fleeting: list[Patch] = []
        if self._pseudonyms is not None:
            patches, fleeting = [], patches
        if self._constants and (patches or fleeting):
            self._add_constants(patches)
        return Decoded(patches, faults, fleeting)

    def _add_constants(self, patches: list[Patch]) -> None:
        """State once what every entity of the profile has."""
        if patches:
            patches[0].attrs.update(self._constants)
        else:
            patches.append(
                Patch(self.entity_id, self.profile.types, self._constants, self.profile.scope)
            )
        self._constants = {}

    def _fault(self, place: str, error: ValueError) -> str:
        """A fault in words; what a person's message says is not repeated."""
        if self._pseudonyms is not None:
            return f"{place or 'payload'}: not what profile {self.profile.id!r} says"
        return f"{place}: {error}" if place else str(error)

    def _read(
        self, measure: Measure, now: int, faults: list[str]
    ) -> dict[str, tuple[Attribute, ...]]:
        attrs: dict[str, tuple[Attribute, ...]] = {}
        try:
            at, doubt = self._when(measure, now)
        except ValueError as error:
            faults.append(self._fault("time", error))
            return attrs
        values = measure.values
        for reader, name, key, make in self._steps:
            if key is not None:
                raw = values.get(key)
            else:
                raw = reader.find(measure.whole if reader.from_whole else values)
            if raw is None:
                continue
            try:
                attribute = make(raw, at, doubt)
            except ValueError as error:
                faults.append(self._fault(reader.table.name, error))
                continue
            attrs[name] = (*attrs[name], attribute) if name in attrs else (attribute,)
        if self._keep_rest:
            self._read_rest(values, attrs, at, doubt, faults)
        return attrs

    def _when(self, measure: Measure, now: int) -> tuple[int, Quality | None]:
        raw = measure.time if self._time is None else self._time(measure)
        if raw is None or raw == "" or raw == " ":
            return now, None
        at = self.profile.read_time(raw, now)
        if at > now + self.profile.ahead and self.profile.clock is None:
            return now, _AHEAD
        return at, None

    def _read_rest(
        self,
        values: dict[str, Any],
        attrs: dict[str, tuple[Attribute, ...]],
        at: int,
        doubt: Quality | None,
        faults: list[str],
    ) -> None:
        rest = [key for key in values if key not in self._known and values[key] is not None]
        if len(rest) > MAX_REST:
            faults.append(f"{len(rest)} members, more than the {MAX_REST} that are kept")
            return
        for key in rest:
            if not _ATTRIBUTE_NAME.fullmatch(key):
                faults.append(f"{shown(key)} cannot be an attribute's name")
                continue
            name = self.profile.context.expand(key)
            try:
                attribute = _own(name, values[key], at, doubt)
            except ValueError as error:
                faults.append(f"{key}: {error}")
                continue
            attrs.setdefault(name, (attribute,))

    def _nothing(self, measures: list[Measure]) -> str:
        if self._pseudonyms is not None:
            return f"no attribute of profile {self.profile.id!r} in it"
        keys = [key for measure in measures for key in measure.values][:10]
        named = [reader.table.source or reader.table.name for reader in self._readers][:10]
        has = f"has {', '.join(map(shown, keys))}" if keys else "has no members"
        return f"no attribute of profile {self.profile.id!r} in it: it {has}; named are {named}"


def _time_finder(path: str | None) -> Find | None:
    if path is None:
        return None
    if path.startswith("$."):
        find = finder(parse_path(path.removeprefix("$.")))
        return lambda measure: find(measure.whole)
    steps = parse_path(path)
    if len(steps) == 1:
        (key,) = steps
        return lambda measure: measure.values.get(key)
    find = finder(steps)
    return lambda measure: find(measure.values)


def _own(name: str, raw: Any, at: int, doubt: Quality | None) -> Attribute:
    """The attribute that a member without a table becomes."""
    if name in GEO_ONLY:
        return Attribute(Kind.GEO_PROPERTY, geometry_of(raw), at, None, None, doubt)
    kind = Kind.JSON_PROPERTY if isinstance(raw, dict) else Kind.PROPERTY
    return Attribute(kind, any_of(raw), at, None, None, doubt)
