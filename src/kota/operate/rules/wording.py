"""Clauses in words, so that a firing can be understood without its file."""

from __future__ import annotations

from typing import Final

from kota.operate.conditions.condition import Condition
from kota.operate.rules.definition import Calendar, Clause, Fence, Related

_URN: Final = "urn:ngsi-ld:"


def worded(clause: Clause) -> str:
    """What a clause asks.

    >>> worded(Clause(condition=Condition("low", "level", limit=2.0)))
    'level is low (2)'
    """
    said = _asked(clause)
    if clause.related is None:
        return said
    return f"{clause.of_them} of {_related(clause.related)}: {said}"


def _asked(clause: Clause) -> str:
    if clause.condition is not None:
        return _condition(clause.condition)
    if clause.inside is not None:
        return f"is inside {_fence(clause.inside)}"
    if clause.outside is not None:
        return f"is outside {_fence(clause.outside)}"
    return _calendar(clause.calendar or Calendar())


def _condition(when: Condition) -> str:
    if when.kind == "query":
        return when.q or ""
    limits = [when.limit, when.against, when.value]
    limit = " + ".join(
        f"{one:g}" if isinstance(one, float) else str(one) for one in limits if one is not None
    )
    over = f", {when.over} of {when.window:g} s" if when.over != "last" else ""
    return f"{when.attribute} is {when.kind}{f' ({limit})' if limit else ''}{over}"


def _fence(fence: Fence) -> str:
    place = fence.zone.removeprefix(_URN) if fence.zone is not None else "the area"
    return f"{fence.within:g} m around {place}" if fence.within else place


def _calendar(calendar: Calendar) -> str:
    days = ", ".join((*calendar.days, *calendar.dates))
    return f"{days or 'every day'} {calendar.begin} to {calendar.end}"


def _related(related: Related) -> str:
    if related.entity is not None:
        return related.entity.removeprefix(_URN)
    if related.via is not None:
        return f"its {related.via}"
    ways = {"with it as": related.by, "with the same": related.same}
    said = [f"{way} {name}" for way, name in ways.items() if name is not None]
    near = [f"within {related.near:g} m"] if related.near else []
    return " ".join([f"{related.type}", *said, *near])
