"""The tasks and device profiles of the privacy side, on a city without a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from kota.city import City
from kota.clock import WallClock
from kota.connect.decoder import Decoder
from kota.connect.fleeting import Fleeting
from kota.connect.profile import Profile, load_profile
from kota.context.ingest import Patch
from kota.errors import SolutionError
from kota.model.instant import HOUR, MINUTE, parse, render
from kota.runtime import naming
from kota.solutions.people_flow import solution
from kota.solutions.people_flow.privacy.budget import Ledger
from kota.solutions.people_flow.privacy.budget_task import state_budgets
from kota.solutions.people_flow.privacy.sightings_tasks import SightingCounter
from kota.workers import Workers

NAMES = naming((solution,))
T0 = parse("2025-11-28T10:00:00Z", where="test")


class Said:
    """Remembers what is stated."""

    def __init__(self) -> None:
        self.patches: list[Patch] = []

    async def observe(self, patches: Sequence[Patch]) -> None:
        self.patches += patches

    def value(self, entity_id: str, name: str) -> object:
        """What was last said of an attribute."""
        found = [
            patch.attrs[NAMES.expand(name)][0]
            for patch in self.patches
            if patch.entity_id == entity_id and NAMES.expand(name) in patch.attrs
        ]
        return found[-1].value if found else None


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def hub() -> Fleeting:
    return Fleeting()


@pytest.fixture
def city(said: Said, hub: Fleeting, tmp_path: Path) -> City:
    nothing = None
    return City(
        "people_flow",
        reads=solution.reads,
        writes=solution.writes,
        context=NAMES,
        store=nothing,  # type: ignore[arg-type]
        intake=said,
        past=nothing,  # type: ignore[arg-type]
        clock=WallClock(),
        workers=Workers(),
        fleeting=hub,
        folder=tmp_path,
    )


def profile(name: str) -> Profile:
    return load_profile(next(path for path in solution.profiles if path.stem == name), NAMES)


def heard(one: Profile, receiver: str, key: str, member: str, ids: list[str], at: int) -> bytes:
    return msgspec.json.encode({key: [{member: i, "at": render(at)} for i in ids]})


@pytest.mark.parametrize(
    ("name", "key", "member", "ids"),
    [
        ("sighting", "sightings", "mac", [f"a483e71234{k:02x}" for k in range(15)]),
        ("ticket-tap", "taps", "card", [f"card {k}" for k in range(15)]),
    ],
)
async def test_sightings_and_taps_become_counts_and_flows(
    city: City, said: Said, hub: Fleeting, name: str, key: str, member: str, ids: list[str]
) -> None:
    one, counter = profile(name), SightingCounter()
    await counter.run(city)
    for receiver, minutes in (("w1", 0), ("w2", 8), ("w3", 300)):
        at = T0 + minutes * MINUTE
        decoder = Decoder(one, {"device": receiver})
        decoded = decoder.decode(heard(one, receiver, key, member, ids, at), at)
        assert decoded.faults == []
        hub.put(decoded.fleeting)
    await counter.run(city)
    assert said.value("urn:ngsi-ld:CrowdFlowObserved:w1", "peopleCount") == 15
    flow = "urn:ngsi-ld:OriginDestinationFlow:w1-w2"
    assert said.value(flow, "peopleCount") == 15
    assert said.value(flow, "origin") == "urn:ngsi-ld:CrowdFlowObserved:w1"
    histogram = said.value("urn:ngsi-ld:CrowdFlowObserved:w1", "dwellHistogram")
    assert histogram == {"fromMinutes": [0, 1, 5, 15, 60], "devices": [15, *[None] * 4]}
    assert not any(i in str(said.patches) for i in ids)
    assert all(NAMES.expand("visitor") not in patch.attrs for patch in said.patches)


def test_a_gate_tells_people_in_and_out() -> None:
    decoder = Decoder(profile("gate-count"), {"device": "g1"})
    (patch,) = decoder.decode(
        b'{"in": 12, "out": 7, "count": 19, "TimeInstant": "2025-11-28T10:00:00Z"}', T0
    ).patches
    found = {NAMES.compact(name): value[0].value for name, value in patch.attrs.items()}
    assert found == {
        "peopleCount": 19,
        "peopleCountTowards": 12,
        "peopleCountAway": 7,
        "kota:expectedInterval": 300.0,
    }


async def test_budgets_are_stated_as_entities(city: City, said: Said, tmp_path: Path) -> None:
    await state_budgets(city)
    assert said.patches == []
    Ledger(tmp_path).charge("taps 2025", 0.25, "a table", digest=b"1", now=T0)
    await state_budgets(city)
    entity = "urn:ngsi-ld:PrivacyBudget:taps%202025"
    names = ("epsilonTotal", "epsilonSpent", "epsilonLeft", "releases")
    assert [said.value(entity, name) for name in names] == [1.0, 0.25, 0.75, 1]
    Ledger(tmp_path).charge("gates", 0.9, "a table", digest=b"2", now=T0)
    await state_budgets(city)
    least = said.value("urn:ngsi-ld:PedestrianNetwork:main", "leastEpsilonLeft")
    assert least == pytest.approx(0.1)


async def test_a_solution_hears_only_of_types_that_it_declared(city: City) -> None:
    with pytest.raises(SolutionError, match="reads Pump"):
        city.fleeting("Pump")


def test_a_visitor_has_one_name_in_a_rotation_and_another_in_the_next() -> None:
    one = profile("sighting")
    decoder = Decoder(one, {"device": "w1"})
    sighting = heard(one, "w1", "sightings", "mac", ["a483e7123456"], T0)
    visitor = NAMES.expand("visitor")

    def name(at: int) -> object:
        return decoder.decode(sighting, at).fleeting[0].attrs[visitor][0].value

    assert name(T0) == name(T0 + HOUR)
    assert name(T0) != name(T0 + 24 * HOUR)
