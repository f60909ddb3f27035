"""Which days are public holidays where a wall clock shows a zone's time."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from kota.errors import SolutionError
from kota.solutions.people_flow.forecast.counts import DAY, moment_of


@dataclass(frozen=True, slots=True)
class Region:
    """Whose holidays count.

    Args:
        country: ISO 3166-1 code; None: no holidays.
        subdivision: of the country, as ISO 3166-2 has it; None: what holds in all of it.
    """

    country: str | None = None
    subdivision: str | None = None

    def __str__(self) -> str:
        return "-".join(part for part in (self.country, self.subdivision) if part) or "none"


def region_of(zone: ZoneInfo) -> Region:
    """The country of a time zone, and the subdivision if the zone database calls it by name.

    >>> str(region_of(ZoneInfo("Australia/Melbourne")))
    'AU-VIC'
    >>> str(region_of(ZoneInfo("UTC")))
    'none'
    """
    row = _zones().get(zone.key)
    if row is None or not installed():
        return Region()
    import holidays

    country, place, _ = row
    if country not in holidays.list_supported_countries():
        return Region()
    known = holidays.country_holidays(country).subdivisions_aliases
    return Region(country, known.get(place.split(" (")[0]))


def installed() -> bool:
    """Is the package of holidays there?"""
    return importlib.util.find_spec("holidays") is not None


def checked_region(country: str, subdivision: str | None) -> Region:
    """The region that a person names.

    Raises:
        SolutionError: it is not known, or the package of holidays is not installed.
    """
    if not installed():
        raise SolutionError(
            f"the holidays of {country} are not known", hint="install kota-city[people]"
        )
    import holidays

    supported = holidays.list_supported_countries()
    if country not in supported:
        raise SolutionError(f"{country!r} has no known holidays", hint="give a code as AU or MY")
    if subdivision is not None and subdivision not in supported[country]:
        raise SolutionError(
            f"{country} has no subdivision {subdivision!r}",
            hint=f"give one of {', '.join(supported[country]) or 'none'}",
        )
    return Region(country, subdivision)


def public_holidays(region: Region, first: int, last: int) -> dict[int, str]:
    """Names of holidays by day.

    Args:
        region: whose.
        first, last: days since 1970-01-01, both included.
    """
    if region.country is None:
        return {}
    import holidays

    years = range(moment_of(first * DAY).year, moment_of(last * DAY).year + 1)
    found = holidays.country_holidays(
        region.country, subdiv=region.subdivision, years=years, language="en_US"
    )
    days = {
        (day.toordinal() - 719_163): name.removesuffix(" (observed)") for day, name in found.items()
    }
    return {day: name for day, name in sorted(days.items()) if first <= day <= last}


def zone_near(longitude: float, latitude: float) -> ZoneInfo:
    """The zone whose principal place, in the zone database, lies nearest [degrees].

    >>> zone_near(144.97, -37.81).key
    'Australia/Melbourne'
    """
    scale = math.cos(math.radians(latitude))

    def distance(name: str) -> float:
        y, x = _place(_zones()[name][2])
        turn = (x - longitude + 180.0) % 360.0 - 180.0
        return math.hypot(turn * scale, y - latitude)

    return ZoneInfo(min(_zones(), key=distance))


def _place(text: str) -> tuple[float, float]:
    """Latitude and longitude of ±DDMM±DDDMM or ±DDMMSS±DDDMMSS (ISO 6709)."""
    split = max(text.rfind("+"), text.rfind("-"))
    found = []
    for part, digits in ((text[:split], 2), (text[split:], 3)):
        sign = -1.0 if part[0] == "-" else 1.0
        degrees, rest = float(part[1 : 1 + digits]), part[1 + digits :]
        found.append(sign * (degrees + float(rest[:2]) / 60 + float(rest[2:] or 0) / 3600))
    return found[0], found[1]


@cache
def _zones() -> dict[str, tuple[str, str, str]]:
    """Country, place in words and place in degrees by zone, from the zone database."""
    table = files("tzdata") / "zoneinfo" / "zone.tab"
    rows = (line.split("\t") for line in table.read_text().splitlines() if line[:1] != "#")
    return {row[2]: (row[0], row[3] if len(row) > 3 else "", row[1]) for row in rows}
