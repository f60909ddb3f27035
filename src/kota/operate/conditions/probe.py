"""One condition at one entity: what was seen of it, as far back as the condition looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from kota.context.staleness import clock_name
from kota.model.entity import Attribute, Entity
from kota.model.instant import SECOND
from kota.model.quality import Level
from kota.operate.conditions.condition import Condition

Expand = Callable[[str], str]
"""Turns a short name into its IRI."""
Samples = deque[tuple[int, float]]
"""Times [µs] and numbers, oldest first."""


class Cause(msgspec.Struct, frozen=True, omit_defaults=True):
    """The observation that a verdict came from.

    Args:
        attribute: short name.
        value: what was observed; None: nothing.
        unit: UN/CEFACT code.
        at: when it was observed [µs].
        limit: what it was judged against.
    """

    attribute: str | None = None
    value: Any = None
    unit: str | None = None
    at: int | None = None
    limit: float | str | bool | None = None


class Verdict(NamedTuple):
    """What a look at an entity says.

    Args:
        holds: whether the condition holds.
        at: since when that can be said [µs]: the time of the observation.
        cause: the observation.
    """

    holds: bool
    at: int
    cause: Cause


Judge = Callable[["Probe", int], Verdict | None]
"""Looks at a probe's entity at an instant; None: nothing can be said, all stays as it is."""


class Memory(NamedTuple):
    """What a condition looks back at.

    Args:
        samples: the attribute whose numbers are remembered, and for how long [µs].
        reference: likewise for what it is compared with, some time ago.
    """

    samples: tuple[str, int] | None = None
    reference: tuple[str, int] | None = None

    @property
    def span(self) -> int:
        """How far back that is [µs]."""
        return max((one[1] for one in (self.samples, self.reference) if one), default=0)


def memory_of(when: Condition, expand: Expand) -> Memory:
    """What a condition looks back at."""

    def kept(name: str | None, seconds: float) -> tuple[str, int] | None:
        return (expand(name), int(seconds * SECOND)) if name is not None and seconds else None

    return Memory(kept(when.attribute, when.window), kept(when.against, when.lag))


class Probe:
    """A condition at work on one entity.

    Args:
        entity: as it is.
        born: when it began [µs].
        awaited: whether the entity is watched by its id, so that one that never spoke is silent.
        raw: whether the condition held when it was judged last.
    """

    __slots__ = ("awaited", "born", "entity", "raw", "reference", "samples")

    def __init__(
        self, entity: Entity, *, born: int, awaited: bool = False, raw: bool = False
    ) -> None:
        self.entity = entity
        self.born = born
        self.awaited = awaited
        self.raw = raw
        self.samples: Samples = deque()
        self.reference: Samples = deque()

    @property
    def clock(self) -> str | None:
        """The plant whose clock the entity follows; None: wall time."""
        return clock_name(self.entity)

    def keep(self, memory: Memory) -> None:
        """Remember what the condition will look back at."""
        if memory.samples is not None:
            _keep(self.samples, self.entity, *memory.samples)
        if memory.reference is not None:
            _keep(self.reference, self.entity, *memory.reference)


def number_of(instance: Attribute | None) -> float | None:
    """The number of an instance that can be trusted, or None."""
    if instance is None:
        return None
    value = instance.value
    if value.__class__ is not float and value.__class__ is not int:
        return None
    if instance.quality is not None and instance.quality.level is Level.BAD:
        return None
    return float(value)


def _keep(samples: Samples, entity: Entity, name: str, span: int) -> None:
    instance = entity.default(name)
    value = number_of(instance)
    at = None if instance is None else instance.observed_at
    if value is None or at is None or (samples and samples[-1][0] >= at):
        return
    samples.append((at, value))
    while len(samples) > 1 and samples[1][0] <= at - span:
        samples.popleft()
