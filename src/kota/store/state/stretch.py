"""Observations column by column: how they lie in the journal and go into history.

A thousand messages of five values are five thousand observations, written, read and forgotten
within a second. As columns they take 40 bytes each instead of 300, and are turned once, not at
every step. A column of fixed width is the bytes of a NumPy array; a column of texts is None where
there are none, one text where all are the same, else a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from kota.model.entity import Attribute
from kota.model.terms import NULL
from kota.store.state.protocol import Observation

NEVER: Final = -(2**63)
"""Stands for no time in a column of times."""
UNSAID: Final = 255
"""Stands for no quality in a column of qualities."""
EXACT: Final = 2**53
"""Integers from here on lose their last digits as a float."""

Texts = list[str | None] | str | None


class Rest(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What only few instances have."""

    object_type: tuple[str, ...] = ()
    value_type: str | None = None
    sub: dict[str, tuple[Attribute, ...]] | None = None
    expires_at: int | None = None


class Stretch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Observations with consecutive sequences.

    Args:
        first: sequence of the first.
        count: how many.
        entities: ids; `entity` is the place of each observation's in this list (uint32).
        names: attributes and dataset ids; `name` is the place of each observation's (uint32).
        kind: `kota.model.entity.Kind` (uint8).
        observed_at, created_at, modified_at: instants (int64), `NEVER` where there is none.
        deleted_at: likewise, for marks of deletion; None where no observation is one.
        number: values that are numbers; booleans as 0 and 1 (float64).
        numbered: 1 where there is a number (uint8); None: everywhere.
        value: the JSON of values that are no plain number.
        rest: the JSON of a `Rest`.
        unit: UN/CEFACT codes.
        quality: codes, `UNSAID` where there is none (uint8); None: nowhere is one.
        reason: of the quality.
    """

    first: int
    count: int
    entities: list[str]
    entity: bytes
    names: list[tuple[str, str | None]]
    name: bytes
    kind: bytes
    observed_at: bytes
    created_at: bytes
    modified_at: bytes
    deleted_at: bytes | None
    number: bytes
    numbered: bytes | None
    value: Texts
    rest: Texts
    unit: Texts
    quality: bytes | None
    reason: Texts

    @property
    def last(self) -> int:
        """Sequence of the last observation."""
        return self.first + self.count - 1

    def series_at(self, row: int) -> tuple[str, str, str | None]:
        """Entity id, attribute and dataset id of one observation."""
        attribute, dataset_id = self.names[np.frombuffer(self.name, np.uint32)[row]]
        return self.entities[np.frombuffer(self.entity, np.uint32)[row]], attribute, dataset_id

    def told_at(self, row: int) -> tuple[Any, int]:
        """Value and modification of one observation whose value is no number."""
        text = self.value[row] if isinstance(self.value, list) else self.value
        return msgspec.json.decode(text or ""), int(np.frombuffer(self.modified_at, np.int64)[row])


def stretch_of(first: int, observations: Sequence[Observation]) -> Stretch:
    """Turn observations, of which the first has this sequence, into columns.

    Raises:
        TypeError, ValueError, OverflowError: a value that cannot be kept.
    """
    instances = [one.instance for one in observations]
    count = len(instances)
    entities, entity = _coded([one.entity_id for one in observations])
    names, name = _named(
        [one.attribute for one in observations], [one.dataset_id for one in instances]
    )
    qualities = [one.quality for one in instances]
    judged = qualities.count(None) < count
    values = [one.value for one in instances]
    return Stretch(
        first,
        count,
        entities,
        entity,
        names,
        name,
        bytes([one.kind for one in instances]),
        _times([one.observed_at for one in instances]),
        _times([one.created_at for one in instances]),
        _times([one.modified_at for one in instances]),
        *((None, _floats(values), None, None) if _are_plain(values) else _split(instances)),
        _texts([_rest(one) for one in instances]) if any(map(_has_rest, instances)) else None,
        _texts([one.unit_code for one in instances]),
        bytes([UNSAID if one is None else one.code for one in qualities]) if judged else None,
        _texts([None if one is None else one.reason for one in qualities]) if judged else None,
    )


def _coded(items: list[Any]) -> tuple[list[Any], bytes]:
    """The distinct items, and the place of each item among them."""
    places: dict[Any, int] = {}
    codes = [places.setdefault(item, len(places)) for item in items]
    return list(places), np.fromiter(codes, np.uint32, len(codes)).tobytes()


def _named(
    attributes: list[str], datasets: list[str | None]
) -> tuple[list[tuple[str, str | None]], bytes]:
    if datasets.count(None) == len(datasets):
        names, name = _coded(attributes)
        return [(attribute, None) for attribute in names], name
    return _coded(list(zip(attributes, datasets, strict=True)))


def _times(instants: list[int | None]) -> bytes:
    if None in instants:
        instants = [NEVER if one is None else one for one in instants]
    return np.fromiter(instants, np.int64, len(instants)).tobytes()


def _floats(values: Iterable[float]) -> bytes:
    return np.fromiter(values, np.float64).tobytes()


def _texts(texts: list[str | None]) -> Texts:
    some = set(texts)
    return some.pop() if len(some) == 1 else texts


def _are_plain(values: list[Any]) -> bool:
    """Whether all are numbers that a float holds to the last digit."""
    kinds = set(map(type, values))
    if kinds == {float}:
        return True
    return kinds <= {int, float} and all(-EXACT < value < EXACT for value in values)


def _split(instances: list[Attribute]) -> tuple[bytes | None, bytes, bytes | None, Texts]:
    """Deletions, numbers, where there are numbers, and texts of values of every sort."""
    deleted: list[int | None] = []
    numbers: list[float] = []
    numbered: list[bool] = []
    texts: list[str | None] = []
    for instance in instances:
        value = instance.value
        kind = type(value)
        exact = kind is float or (kind is int and -EXACT < value < EXACT)
        gone = not exact and value == NULL and instance.observed_at is None
        deleted.append(instance.modified_at if gone else None)
        numbered.append(exact or kind is bool)
        numbers.append(float(value) if numbered[-1] else 0.0)
        texts.append(None if exact else msgspec.json.encode(value).decode())
    return (
        _times(deleted) if deleted.count(None) < len(deleted) else None,
        _floats(numbers),
        None if all(numbered) else bytes(numbered),
        _texts(texts),
    )


def _has_rest(instance: Attribute) -> bool:
    return (
        instance.sub is not None
        or instance.object_type != ()
        or instance.value_type is not None
        or instance.expires_at is not None
    )


def _rest(instance: Attribute) -> str | None:
    if not _has_rest(instance):
        return None
    rest = Rest(instance.object_type, instance.value_type, instance.sub, instance.expires_at)
    return msgspec.json.encode(rest).decode()
