"""When places are open: a subset of OpenStreetMap's opening_hours, and Smart Data Models' forms.

Understood are ``24/7``, ``off``, days (``Mo-Fr``, ``Sa,Su``; none: every day), times
(``08:00-12:00,13:00-17:00``, also over midnight), ``PH`` (left alone) and several rules with ``;``,
of which the later one replaces the earlier on its days, as OpenStreetMap has it. Smart Data Models'
``openingHours`` is a list of such texts, ``openingHoursSpecification`` a list of objects with
``dayOfWeek``, ``opens`` and ``closes``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kota.errors import InputError

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY: Final = 1440
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})")
_RULE: Final = re.compile(
    r"(?P<days>[A-Za-z][A-Za-z,\- ]*?)?\s*(?P<times>off|closed|24/7|[\d:,\-\s]+)?$"
)


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of opening.

    Args:
        week: for Monday to Sunday, spans of minutes from midnight; those past 1440 go on the next
            day.
    """

    week: tuple[tuple[tuple[int, int], ...], ...]

    def open_at(self, day: int, minute: int) -> bool:
        """Whether it is open.

        Args:
            day: 0 Monday … 6 Sunday.
            minute: from midnight.
        """
        today = any(a <= minute < b for a, b in self.week[day])
        late = any(a <= minute + _DAY < b for a, b in self.week[(day - 1) % 7])
        return today or late

    @property
    def total(self) -> float:
        """Hours a week."""
        return sum(b - a for spans in self.week for a, b in spans) / 60


def read_hours(value: Any) -> Hours | None:
    """Opening hours as an attribute or a cell has them; None where nothing is said.

    Raises:
        InputError: they are not understood; says what.

    >>> read_hours("Mo-Fr 08:00-17:00; Sa 08:00-12:00").total
    49.0
    """
    if value is None or value in ("", []):
        return None
    if isinstance(value, str):
        return _parsed(value)
    if isinstance(value, Mapping):
        return _specified([value])
    if isinstance(value, Sequence) and all(isinstance(part, str) for part in value):
        return _parsed("; ".join(value), adds=True)
    if isinstance(value, Sequence) and all(isinstance(part, Mapping) for part in value):
        return _specified(value)
    raise InputError(
        f"opening hours {value!r} are not understood", hint='write "Mo-Fr 08:00-17:00"'
    )


def read_moment(text: str) -> tuple[int, int]:
    """A day and a time of the week, ``Fr 18:30``, as day 0…6 and minutes from midnight.

    Raises:
        InputError: it is none.
    """
    day, _, time = text.strip().partition(" ")
    if day not in DAYS:
        raise InputError(f"{text!r} is no moment of the week", hint='write "Fr 18:30"')
    minute = _minute(time.strip(), text)
    if minute >= _DAY:
        raise InputError(f"{text!r}: a day ends at 23:59")
    return DAYS.index(day), minute


def _parsed(text: str, *, adds: bool = False) -> Hours:
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for rule in (part.strip() for part in text.split(";")):
        if not rule or rule.startswith("PH"):
            continue
        found = _RULE.match(rule) if rule != "24/7" else None
        if rule != "24/7" and (found is None or found["times"] is None):
            raise InputError(
                f"opening hours {text!r}: {rule!r} is not understood",
                hint='write "Mo-Fr 08:00-17:00; Sa off"',
            )
        days = _days(found["days"], text) if found is not None else range(7)
        spans = _spans(found["times"] if found is not None else "24/7", text)
        for day in days:
            week[day] = [*week[day], *spans] if adds and spans else list(spans)
    return Hours(tuple(tuple(sorted(spans)) for spans in week))


def _days(words: str | None, text: str) -> list[int]:
    if not words or not words.strip():
        return list(range(7))
    found: list[int] = []
    for part in words.replace(" ", "").split(","):
        if part in ("PH", "SH"):
            continue
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise InputError(f"opening hours {text!r}: {part!r} is no day", hint="use Mo … Su")
        a, b = DAYS.index(first), DAYS.index(last or first)
        found += [k % 7 for k in range(a, b + 1 if b >= a else b + 8)]
    return found


def _spans(words: str, text: str) -> list[tuple[int, int]]:
    if words in ("off", "closed"):
        return []
    if words == "24/7":
        return [(0, _DAY)]
    spans = []
    for part in words.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        a, b = _minute(first, text), _minute(last, text)
        spans.append((a, b if b > a else b + _DAY))
    return spans


def _minute(time: str, text: str) -> int:
    found = _TIME.fullmatch(time)
    if found is None or int(found[1]) > 24 or int(found[2]) > 59:
        raise InputError(f"opening hours {text!r}: {time!r} is no time", hint="write 08:00")
    return int(found[1]) * 60 + int(found[2])


def _specified(parts: Sequence[Mapping[str, Any]]) -> Hours:
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for part in parts:
        days = part.get("dayOfWeek")
        opens, closes = str(part.get("opens", "")), str(part.get("closes", ""))
        for day in [days] if isinstance(days, str) else days or []:
            name = str(day).rpartition("/")[2].lower()
            if name not in _NAMES:
                raise InputError(f"opening hours: {day!r} is no day", hint="write Monday")
            a, b = _minute(opens[:5], opens), _minute(closes[:5], closes)
            week[_NAMES.index(name)].append((a, b if b > a else b + _DAY))
    return Hours(tuple(tuple(sorted(spans)) for spans in week))
