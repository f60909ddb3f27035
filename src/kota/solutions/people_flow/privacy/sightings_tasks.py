"""The task that counts what receivers of Wi-Fi and Bluetooth and gates with cards have heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kota.city import City, Reading, Statement
from kota.connect.readers import RANDOMISED
from kota.model.entity import Kind
from kota.model.instant import HOUR, SECOND, render
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.people_flow.privacy.sightings import (
    DWELL_MINUTES,
    Counted,
    Crowd,
    Dwell,
    Presence,
    Rules,
    Transition,
)
from kota.solutions.people_flow.privacy.terms import CROWD, FLOW, MINUTES, ONE, flow_id

_OLD: Final = 4 * HOUR
_STAY: Final = "mean stay of devices with a lasting address, that ended in the hour to {until}"


class SightingCounter:
    """Counts in memory what is never stored, and states the counts.

    Args:
        crowd: counts.
    """

    def __init__(self, crowd: Crowd | None = None) -> None:
        self.crowd = crowd or Crowd()
        self._stays: dict[str, Dwell] = {}

    async def run(self, city: City) -> None:
        """Take in what came since the last run, and state what has become complete."""
        visitor = city.term("visitor")
        for patch in city.fleeting(CROWD):
            for one in patch.attrs.get(visitor, ()):
                if one.observed_at is not None:
                    self.crowd.add(
                        patch.entity_id,
                        one.value,
                        one.observed_at,
                        randomised=one.quality == RANDOMISED,
                    )
        counted = self.crowd.take()
        self._stays |= {one.receiver: one for one in counted.dwell if one.mean is not None}
        await city.state(statements(counted, self.crowd.rules, self._stays))


def statements(
    counted: Counted, rules: Rules, stays: Mapping[str, Dwell] | None = None
) -> list[Statement]:
    """What is said of the city, of counts by rules.

    Args:
        counted: what became complete.
        rules: of the counts.
        stays: what is known of stays at each receiver; told with each presence until it is old.
    """
    return [
        *(_presence(one, rules.interval // SECOND, stays or {}) for one in counted.presence),
        *(_dwell(one) for one in counted.dwell),
        *(_transition(one, rules.period // SECOND) for one in counted.transitions),
    ]


def _presence(one: Presence, interval: int, stays: Mapping[str, Dwell]) -> Statement:
    reason = (
        f"addresses of devices, not people; {one.randomised:.0%} are drawn at random, so that one "
        "device may count several times"
    )
    quality = Quality(Level.UNCERTAIN, Source.ESTIMATED, reason)
    sub: dict[str, float | str] = {
        "randomisedShare": round(one.randomised, 3),
        "interval": interval,
    }
    readings = {"peopleCount": Reading(one.devices, ONE, one.at, quality, sub=sub)}
    stay = stays.get(one.receiver)
    if stay is not None and stay.mean is not None and one.at - stay.at < _OLD:
        known = Quality(Level.GOOD, Source.ESTIMATED, _STAY.format(until=render(stay.at)))
        readings["dwellTime"] = Reading(round(stay.mean, 1), MINUTES, one.at, known)
    return Statement(one.receiver, CROWD, readings)


def _dwell(one: Dwell) -> Statement:
    quality = Quality(Level.UNCERTAIN, Source.ESTIMATED, "classes of few devices are left out")
    histogram = {"fromMinutes": list(DWELL_MINUTES), "devices": list(one.devices)}
    reading = Reading(histogram, None, one.at, quality, kind=Kind.JSON_PROPERTY)
    return Statement(one.receiver, CROWD, {"dwellHistogram": reading})


def _transition(one: Transition, period: int) -> Statement:
    quality = Quality(Level.UNCERTAIN, Source.ESTIMATED, "devices heard by both receivers in turn")
    return Statement(
        flow_id(one.origin, one.destination),
        FLOW,
        {
            "origin": Reading(one.origin, at=one.at, kind=Kind.RELATIONSHIP),
            "destination": Reading(one.destination, at=one.at, kind=Kind.RELATIONSHIP),
            "peopleCount": Reading(one.devices, ONE, one.at, quality, sub={"interval": period}),
        },
    )


def sighting_task() -> Periodic:
    """A task with a counter of its own."""
    return Periodic(
        name="sightings",
        title="Count what receivers and gates have heard",
        period=10 * SECOND,
        run=SightingCounter().run,
    )
