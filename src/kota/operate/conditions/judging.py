"""How each kind of condition looks at an entity."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from kota.context.staleness import PATIENCE, Staleness
from kota.model.entity import Entity
from kota.model.instant import HOUR, SECOND
from kota.model.quality import Level
from kota.model.query import q
from kota.operate.conditions.condition import Condition, Statistic
from kota.operate.conditions.probe import (
    Cause,
    Expand,
    Judge,
    Probe,
    Samples,
    Verdict,
    number_of,
)

_LEVELS: Final = {"uncertain": Level.UNCERTAIN, "bad": Level.BAD}
_ABOVE: Final = ("high-high", "high", "rising")


def make_judge(when: Condition, expand: Expand, staleness: Staleness) -> Judge:
    """Compile a condition that was checked.

    Args:
        when: the condition.
        expand: turns a short name into its IRI.
        staleness: knows how often each attribute usually comes.
    """
    judge = _MAKERS[when.kind](when, expand, staleness)
    if when.only_while is None:
        return judge
    asks = q.parse(when.only_while, expand).matches

    def guarded(probe: Probe, now: int) -> Verdict | None:
        if not asks(probe.entity):
            return Verdict(False, now, Cause())
        return judge(probe, now)

    return guarded


def triggers_of(when: Condition, expand: Expand, queries: Iterable[str] = ()) -> frozenset[str]:
    """Attributes on whose change to look; empty: on every change.

    Args:
        when: the condition.
        expand: turns a short name into its IRI.
        queries: whatever else is asked of the entity.
    """
    triggers = {expand(name) for name in (when.attribute, when.against) if name is not None}
    for text in (when.q, when.only_while, *queries):
        if text is None:
            continue
        asked = q.parse(text, expand).attributes
        if not asked:  # members of the entity alone
            return frozenset()
        triggers |= asked
    return frozenset(triggers)


def _threshold(when: Condition, expand: Expand, _: Staleness) -> Judge:
    short, against = when.attribute, when.against
    assert short is not None
    name = expand(short)
    reference = None if against is None else expand(against)
    sign = 1.0 if when.kind in _ABOVE else -1.0
    offset, deadband = when.limit or 0.0, when.deadband
    pick = _PICK[when.over]
    window, lag = int(when.window * SECOND), int(when.lag * SECOND)

    def judge(probe: Probe, now: int) -> Verdict | None:
        instance = probe.entity.default(name)
        value = number_of(instance)
        if instance is None or value is None:
            return None
        at = now if instance.observed_at is None else instance.observed_at
        limit = offset
        if reference is not None:
            added = _reference(probe, reference, at, lag)
            if added is None:
                return None
            limit += added
        if window:
            if not _covers(probe.samples, at - window):
                return None
            value = pick(probe.samples)
        over = sign * (value - limit)
        holds = over > (-deadband if probe.raw else 0.0)
        return Verdict(holds, at, Cause(short, value, instance.unit_code, at, limit))

    return judge


def _rate(when: Condition, expand: Expand, _: Staleness) -> Judge:
    short = when.attribute
    assert short is not None
    name = expand(short)
    sign = 1.0 if when.kind in _ABOVE else -1.0
    limit, deadband, window = when.limit or 0.0, when.deadband, int(when.window * SECOND)

    def judge(probe: Probe, now: int) -> Verdict | None:
        instance = probe.entity.default(name)
        if instance is None or number_of(instance) is None:
            return None
        at = now if instance.observed_at is None else instance.observed_at
        if len(probe.samples) < 2 or not _covers(probe.samples, at - window):
            return None
        slope = sign * slope_of(probe.samples)
        holds = slope > (limit - deadband if probe.raw else limit)
        cause = Cause(short, round(sign * slope, 6), instance.unit_code, at, sign * limit)
        return Verdict(holds, at, cause)

    return judge


def slope_of(samples: Samples) -> float:
    """Slope of the least-squares line through samples [unit an hour]."""
    times, values = np.array(samples, dtype=np.float64).T
    hours = (times - times[0]) / HOUR
    hours -= hours.mean()
    spread = float(hours @ hours)
    return float(hours @ values) / spread if spread else 0.0


def _deviation(when: Condition, expand: Expand, _: Staleness) -> Judge:
    short, against = when.attribute, when.against
    assert short is not None
    assert against is not None
    name, reference = expand(short), expand(against)
    limit, deadband, lag = when.limit or 0.0, when.deadband, int(when.lag * SECOND)

    def judge(probe: Probe, now: int) -> Verdict | None:
        instance = probe.entity.default(name)
        value = number_of(instance)
        if instance is None or value is None:
            return None
        at = now if instance.observed_at is None else instance.observed_at
        expected = _reference(probe, reference, at, lag)
        if expected is None:
            return None
        apart = abs(value - expected)
        holds = apart > (limit - deadband if probe.raw else limit)
        return Verdict(holds, at, Cause(short, value, instance.unit_code, at, expected))

    return judge


def _equality(when: Condition, expand: Expand, _: Staleness) -> Judge:
    short, wanted = when.attribute, when.value
    assert short is not None
    name = expand(short)
    alike, is_bool = when.kind == "equals", isinstance(wanted, bool)

    def judge(probe: Probe, now: int) -> Verdict | None:
        instance = probe.entity.default(name)
        if instance is None or (instance.quality and instance.quality.level is Level.BAD):
            return None
        same = instance.value == wanted and isinstance(instance.value, bool) is is_bool
        at = now if instance.observed_at is None else instance.observed_at
        cause = Cause(short, instance.value, instance.unit_code, at, wanted)
        return Verdict(same is alike, at, cause)

    return judge


def _stale(when: Condition, expand: Expand, staleness: Staleness) -> Judge:
    short = when.attribute
    assert short is not None
    name = expand(short)

    def judge(probe: Probe, now: int) -> Verdict | None:
        entity = probe.entity
        last = _last(probe, name)
        if last is None:
            return None
        limit = silence_limit(when, entity, name, staleness)
        silent = now - last > limit
        return Verdict(silent, now, Cause(short, None, None, last, round(limit / SECOND, 3)))

    return judge


def silence_limit(when: Condition, entity: Entity, name: str, staleness: Staleness) -> int:
    """How long an attribute may say nothing [µs]."""
    if when.limit is not None:
        return int(when.limit * SECOND)
    return int(PATIENCE * staleness.interval(entity, name))


def silent_from(when: Condition, probe: Probe, name: str, staleness: Staleness) -> int | None:
    """From when an attribute counts as stale if nothing more comes [µs]; None: never."""
    last = _last(probe, name)
    if last is None:
        return None
    return last + silence_limit(when, probe.entity, name, staleness) + 1


def _last(probe: Probe, name: str) -> int | None:
    """When an attribute was heard last; what is watched by its id counts from the start on."""
    instance = probe.entity.default(name)
    if instance is not None:
        return instance.modified_at if instance.observed_at is None else instance.observed_at
    return probe.born if probe.awaited else None


def _bad(when: Condition, expand: Expand, _: Staleness) -> Judge:
    short = when.attribute
    assert short is not None
    name, least = expand(short), _LEVELS[when.quality]

    def judge(probe: Probe, now: int) -> Verdict | None:
        instance = probe.entity.default(name)
        if instance is None:
            return None
        level = Level.GOOD if instance.quality is None else instance.quality.level
        at = now if instance.observed_at is None else instance.observed_at
        cause = Cause(short, level.name.lower(), None, at, when.quality)
        return Verdict(level >= least, at, cause)

    return judge


def _query(when: Condition, expand: Expand, _: Staleness) -> Judge:
    asked = q.parse(when.q or "", expand)

    def judge(probe: Probe, now: int) -> Verdict | None:
        entity = probe.entity
        times = [
            instance.observed_at
            for name in asked.attributes
            if (instance := entity.default(name)) is not None and instance.observed_at is not None
        ]
        at = max(times, default=now)
        return Verdict(asked.matches(entity), at, Cause(None, None, None, at, when.q))

    return judge


_MAKERS: Final[dict[str, Callable[[Condition, Expand, Staleness], Judge]]] = {
    **dict.fromkeys(("high-high", "high", "low", "low-low"), _threshold),
    **dict.fromkeys(("rising", "falling"), _rate),
    "deviation": _deviation,
    "equals": _equality,
    "differs": _equality,
    "stale": _stale,
    "bad": _bad,
    "query": _query,
}


def _mean(samples: Samples) -> float:
    return sum(value for _, value in samples) / len(samples)


_PICK: Final[dict[Statistic, Callable[[Samples], float]]] = {
    "last": lambda samples: samples[-1][1],
    "mean": _mean,
    "least": lambda samples: min(value for _, value in samples),
    "most": lambda samples: max(value for _, value in samples),
}


def _covers(samples: Samples, start: int) -> bool:
    """Whether enough is remembered to judge from `start` on."""
    return bool(samples) and samples[0][0] <= start


def _reference(probe: Probe, name: str, at: int, lag: int) -> float | None:
    """What a value is compared with: now, or as it was stated `lag` ago."""
    if not lag:
        return number_of(probe.entity.default(name))
    found = None
    for stated, value in probe.reference:
        if stated > at - lag:
            break
        found = value
    return found
