"""The live network is run ahead from how it stands, and asked what a change would do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.solutions.water.test_tasks import (
    NETWORK,
    Town,
    names,  # noqa: F401 - a fixture
    network,  # noqa: F401 - a fixture
    setting,  # noqa: F401 - a fixture
    town,  # noqa: F401 - a fixture
)

from kota.city import City, Reading, Statement
from kota.errors import InputError, SolutionError
from kota.model.instant import HOUR, MINUTE, parse
from kota.solution import Asked
from kota.solutions.water.hydraulics import Hydraulics
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.outlook.change import Changes
from kota.solutions.water.outlook.live import Question, WhatIf, WhatIfs, state_ahead
from kota.solutions.water.outlook.standing import MODEL
from kota.solutions.water.quality.source import Seen

NOW = 1_764_259_200_000_000
LEVEL = 4.0


async def lived(city: City, folder: Path) -> None:
    """A model, levels of the tanks and two days of balances."""
    city.folder = folder / "water"
    city.folder.mkdir()
    read = read_network(net3())
    demands = np.array([junction.demand for junction in read.junctions.values()])
    with Hydraulics(net3(), read) as hydraulics:
        hydraulics.save(city.folder / MODEL, demands)
    tank = {"storedVolume": Reading(1.0, None, NOW)}
    await city.state([Statement("urn:ngsi-ld:Tank:T-1", "Tank", tank)])
    for ago in range(2 * 96, -1, -1):
        at = NOW - ago * 15 * MINUTE
        told = {
            "inflow": Reading(read.demand, "MQH", at),
            "storageChange": Reading(0.0, "MQH", at),
        }
        await city.state([Statement(NETWORK, "WaterNetwork", told)])


async def gauged(town_: Town) -> None:
    """The first tank tells its level, as its gauge does."""
    route = town_._router.route("/water-tank/T-1/attrs")
    message = f'{{"level": {LEVEL}}}'.encode()
    decoded = route.decoder.decode(message, NOW)  # type: ignore[union-attr]
    await town_._ingest.observe(decoded.patches)


async def test_without_a_model_it_says_where_to_put_one(network: Town) -> None:  # noqa: F811
    with pytest.raises(SolutionError, match="no hydraulic model") as caught:
        await state_ahead(network.city)
    assert "network.inp" in str(caught.value.hint)


async def test_levels_and_pressures_of_the_coming_day_are_stated(
    network: Town,  # noqa: F811
    tmp_path: Path,
) -> None:
    city = network.city
    await lived(city, tmp_path)
    await gauged(network)
    await state_ahead(city)
    tank = await city.entity("urn:ngsi-ld:Tank:T-1")
    whole = await city.entity(NETWORK)
    assert tank is not None
    assert whole is not None
    ahead = city.value(tank, "levelAhead")
    assert ahead["level"][0] == pytest.approx(LEVEL, abs=0.02)
    assert parse(ahead["at"][-1]) - NOW == 24 * HOUR
    curve = city.value(whole, "leastPressureAhead")
    assert min(curve["pressure"]) == city.value(whole, "leastPressure24h")
    assert isinstance(city.value(whole, "warningsAhead"), list)
    quality = city.attribute(whole, "leastPressure24h")
    assert quality is not None
    assert "is silent" in (quality.quality.reason or "")  # type: ignore[union-attr]


async def test_a_closure_is_answered_from_how_the_network_stands(
    network: Town,  # noqa: F811
    tmp_path: Path,
) -> None:
    await lived(network.city, tmp_path)
    await gauged(network)
    answer = WhatIfs(network.city).answer
    read = read_network(net3())
    customer = next(j.id for j in read.junctions.values() if j.demand > 0)
    around = tuple(link.id for link in read.links if customer in (link.start, link.end))
    found = await answer(Asked(parts={}, body=WhatIf(changes=Changes(closed=around), hours=2)))
    assert customer in found.without_water
    assert found.after.deficit_m3 > 0
    with pytest.raises(InputError, match="no link 'nowhere'"):
        await answer(Asked(parts={}, body=WhatIf(changes=Changes(closed=("nowhere",)))))
    seen = (Seen(second=6 * 3600, node=customer, positive=True),)
    origin = await WhatIfs(network.city).origin(
        Asked(parts={}, body=Question(seen=seen, back=6, ahead=1))
    )
    assert customer in [each.node for each in origin.reached]
    with pytest.raises(InputError, match="at most 72"):
        await answer(Asked(parts={}, body=WhatIf(hours=1000)))
