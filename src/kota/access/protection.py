"""Which attributes tell of persons, and for which purposes they may be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kota.model.entity import Entity

Purposes = frozenset[str]
Declared = Mapping[str, Mapping[str, Purposes]]
"""Purposes by attribute by entity type, names expanded."""


class Protection:
    """What solutions and the city declare.

    Args:
        declared: what is protected; each attribute may be seen for any of its purposes.
        repeated: attributes whose values an entity repeats in its own, as an alarm does that of
            the value that raised it; such an entity is seen only by who may see them all.
        repeating: by entity type, the attributes in which it does; their past, of which nobody
            knows what each value repeated, is seen only by who sees everything.
    """

    def __init__(
        self,
        declared: Declared | None = None,
        repeated: Callable[[Entity], Iterable[str]] | None = None,
        repeating: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._repeating = dict(repeating or {})
        self._declared = {kind: dict(names) for kind, names in (declared or {}).items()}
        self._everywhere: dict[str, Purposes] = {}
        for names in self._declared.values():
            for name, purposes in names.items():
                known = self._everywhere.get(name, purposes)
                self._everywhere[name] = known & purposes
        self._repeated = repeated

    def __bool__(self) -> bool:
        return bool(self._everywhere)

    @property
    def purposes(self) -> Purposes:
        """Every purpose that is named."""
        found = [one for names in self._declared.values() for one in names.values()]
        return frozenset().union(*found)

    @property
    def declared(self) -> Declared:
        """What is protected, by type."""
        return self._declared

    def of(self, types: Iterable[str]) -> dict[str, Purposes]:
        """What is protected of an entity of these types; of several types the strictest holds."""
        found: dict[str, Purposes] = {}
        for kind in types:
            for name, purposes in self._declared.get(kind, {}).items():
                found[name] = found.get(name, purposes) & purposes
        return found

    def repeating(self, types: Iterable[str]) -> frozenset[str]:
        """Attributes of an entity of these types that may repeat protected values."""
        if not self._everywhere:
            return frozenset()
        return frozenset().union(*(self._repeating.get(kind, ()) for kind in types))

    def repeated(self, entity: Entity) -> dict[str, Purposes]:
        """Of which protected attributes an entity repeats the values."""
        if self._repeated is None or not self._everywhere:
            return {}
        names = self._repeated(entity)
        return {name: self._everywhere[name] for name in names if name in self._everywhere}


def united(declarations: Iterable[Mapping[str, Mapping[str, Iterable[str]]]]) -> Declared:
    """Several declarations as one; where two name the same attribute, what both allow holds.

    >>> united([{"P": {"pulse": ["care", "study"]}}, {"P": {"pulse": ["care"]}}])
    {'P': {'pulse': frozenset({'care'})}}
    """
    found: dict[str, dict[str, Purposes]] = {}
    for declared in declarations:
        for kind, names in declared.items():
            held = found.setdefault(kind, {})
            for name, purposes in names.items():
                stated = frozenset(purposes)
                held[name] = held.get(name, stated) & stated
    return found
