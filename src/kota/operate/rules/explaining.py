"""Why a rule fired: for each clause what was looked at, and what was seen."""

from __future__ import annotations

from typing import Final

from kota.model.entity import Entity
from kota.model.instant import render
from kota.operate.rules.compiling import Asking, Judged, Rule
from kota.operate.rules.firing import Evidence

MOST: Final = 3
"""So many of several entities are named in an explanation."""


def evidence_of(rule: Rule, subject: Entity, now: int) -> tuple[Evidence, ...]:
    """What each clause of a rule saw of its subject and of what belongs to it at an instant."""
    return tuple(one for asking in rule.asks for one in _of_clause(asking, subject, now))


def _of_clause(asking: Asking, subject: Entity, now: int) -> list[Evidence]:
    if asking.times is not None:
        said = Evidence(asking.number, asking.words, asking.times.holds(now), at=render(now))
        return [said]
    if asking.join is None:
        judged = asking.judged.get(subject.id)
        return [_seen(asking, judged, 0)] if judged is not None else []
    others = [asking.judged[one] for one in asking.join.others(subject.id) if one in asking.judged]
    telling = asking.clause.of_them == "any"
    chosen = [one for one in others if one.holds] if telling else others
    if not chosen:
        return [Evidence(asking.number, asking.words, asking.clause.of_them == "none")]
    rest = len(others) - min(len(chosen), MOST)
    return [_seen(asking, one, rest) for one in chosen[:MOST]]


def _seen(asking: Asking, judged: Judged, others: int) -> Evidence:
    cause = None if judged.verdict is None else judged.verdict.cause
    if cause is None:
        return Evidence(asking.number, asking.words, judged.holds, judged.entity.id)
    return Evidence(
        asking.number,
        asking.words,
        judged.holds,
        judged.entity.id,
        cause.attribute,
        cause.value,
        cause.unit,
        None if cause.at is None else render(cause.at),
        cause.limit,
        others,
    )
