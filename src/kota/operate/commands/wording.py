"""Interlocks in words, for the operator who wants to know what stands against a command."""

from __future__ import annotations

from typing import Final

from kota.operate.commands.interlock import (
    AnyInterlock,
    Excludes,
    MaximumStarts,
    MinimumTime,
    Range,
    Rate,
    Requires,
)

_SIGNS: Final = {
    "<": "below",
    "<=": "at most",
    ">": "above",
    ">=": "at least",
    "==": "",
    "!=": "not",
}


def worded(interlock: AnyInterlock) -> str:
    """Why a command is refused, in the definition's own words; without them, what must hold.

    >>> worded(MinimumTime(at="OPEN", seconds=900.0))
    'OPEN is kept for at least 15 min'
    """
    return interlock.words or _rule(interlock)


def _rule(interlock: AnyInterlock) -> str:
    match interlock:
        case Range(low=low, high=high):
            return f"between {low:g} and {high:g}"
        case Rate(by=by, within=within):
            return f"changes by at most {by:g} within {_span(within)}"
        case MinimumTime(at=at, seconds=seconds):
            return f"{at} is kept for at least {_span(seconds)}"
        case MaximumStarts(at=at, count=count, seconds=seconds):
            return f"{at} at most {count} times within {_span(seconds)}"
        case Requires():
            subject = interlock.via or interlock.entity
            of = f" of {_short(subject)}" if subject is not None else ""
            sign = f"{_SIGNS[interlock.compare]} {_limit(interlock)}".strip()
            return f"{interlock.attribute}{of} is {sign}, told within {_span(interlock.fresh)}"
        case Excludes(entity=entity, at=at):
            return f"not while {_short(entity)} is {at}"


def _limit(interlock: Requires) -> str:
    if interlock.against is None:
        return str(interlock.limit)
    return f"{interlock.against}{interlock.margin:+g}" if interlock.margin else interlock.against


def _short(entity: str) -> str:
    return entity.removeprefix("urn:ngsi-ld:")


def _span(seconds: float) -> str:
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
