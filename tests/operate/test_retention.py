"""What is kept for a purpose is kept as long as that needs, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api.conftest import patch, reading

from kota.clock import WallClock
from kota.config import Retention, Settings
from kota.errors import ConfigurationError
from kota.model.instant import DAY
from kota.model.jsonld import kota_context
from kota.runtime import opened
from kota.store.history import SeriesFilter
from kota.store.history.protocol import ALWAYS

EXPAND = kota_context().expand
WHO, TANK = "urn:ngsi-ld:Person:P-1", "urn:ngsi-ld:Tank:T-1"


async def test_sweep_when_values_are_older_than_the_policy_then_they_are_forgotten_alone(
    tmp_path: Path,
) -> None:
    care = Retention(type="Person", attributes=("pulse",), keep_days=30, purpose="care")
    settings = Settings(data=tmp_path / "data", auth="none", solutions=(), retention=(care,))
    async with opened(settings) as kota:
        now = WallClock().now()
        for days in (90, 40, 20, 1):
            values = {
                name: reading(float(days), at=now - days * DAY) for name in ("pulse", "level")
            }
            await kota.ingest.observe(
                [patch(WHO, "Person", **values), patch(TANK, "Tank", **values)]
            )
        old = {"pulse": reading(1.0, at=now - 35 * DAY)}
        await kota.ingest.observe([patch("urn:ngsi-ld:Person:P-2", "Person", **old)])
        found = await kota.operation.keeper.preview(care)
        assert found.values == {EXPAND("pulse"): 3}
        assert found.entities == 1
        await kota.operation.keeper.sweep()
        assert (await kota.operation.keeper.preview(care)).values == {}

        async def days_of(entity: str, name: str) -> list[float]:
            series = SeriesFilter(entity_ids=(entity,), attributes=(EXPAND(name),))
            return [one.instance.value for one in await kota.history.instances(series, ALWAYS)]

        assert await days_of(WHO, "pulse") == [20.0, 1.0]
        for entity, name in ((WHO, "level"), (TANK, "pulse"), (TANK, "level")):
            assert await days_of(entity, name) == [90.0, 40.0, 20.0, 1.0]
        present = await kota.state.get("urn:ngsi-ld:Person:P-2")
        assert present is not None
        assert EXPAND("pulse") not in present.attrs
        person = await kota.state.get(WHO)
        assert person is not None
        assert EXPAND("pulse") in person.attrs
        line = (await kota.state.audit.read(0, 1000))[-1].body
        assert b'"retention.sweep"' in line
        assert b'"why":"care"' in line
        assert kota.operation.keeper.forgotten[care] == 4
        await kota.operation.keeper.sweep()
        assert kota.operation.keeper.forgotten[care] == 0


@pytest.mark.parametrize(("days", "purpose"), [(0, "care"), (-1, "care"), (1, " ")])
def test_policy_when_wrong_then_refused(days: float, purpose: str) -> None:
    with pytest.raises(ConfigurationError, match="retention of Person"):
        Retention(type="Person", keep_days=days, purpose=purpose)
