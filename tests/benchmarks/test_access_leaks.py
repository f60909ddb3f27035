"""The campaign of access, small: nothing leaks, and it would notice if something did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import access_leaks
from kota.access.policy import Tenants
from kota.access.sight import Sight
from kota.api.tenant_door import TenantDoor
from kota.model.entity import Entity
from kota.model.payload import parse_entity


async def test_nothing_leaks(tmp_path: Path) -> None:
    campaign = await access_leaks.run(1500, 11, tmp_path)
    assert campaign.leaks == []
    assert campaign.kinds["notification"] > 0
    assert campaign.kinds["live frame"] > 0
    assert {200, 401, 403, 404} <= campaign.statuses.keys()


async def test_a_policy_that_hides_no_attributes_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(self: Sight, entity: Entity) -> Entity | None:
        return None if self.hidden(entity.types, entity.scope) is None else entity

    monkeypatch.setattr(Sight, "sees", careless)
    campaign = await access_leaks.run(200, 11, tmp_path)
    assert any("pulse" in leak or "faces" in leak for leak in campaign.leaks)


async def test_a_policy_that_forgets_areas_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kota.access.policy.lies_in", lambda *_: True)
    campaign = await access_leaks.run(200, 11, tmp_path)
    assert campaign.leaks


async def test_a_grant_that_holds_everywhere_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tenants, "holds", lambda *_: True)
    campaign = await access_leaks.run(200, 11, tmp_path)
    assert any("tells that there is" in leak for leak in campaign.leaks)


async def test_a_door_that_mixes_tenants_up_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mixed(self: TenantDoor, name: str, rooms: Any) -> Any:
        return self._default

    monkeypatch.setattr(TenantDoor, "_faces", mixed)
    monkeypatch.setattr(access_leaks, "fill", _filled_past_the_door)
    campaign = await access_leaks.run(200, 11, tmp_path)
    assert any("in tenant city" in leak for leak in campaign.leaks)


async def _filled_past_the_door(campaign: access_leaks.Campaign) -> None:
    for thing in campaign.world.things.values():
        rooms = campaign.kota
        entity = parse_entity(thing.body(), rooms.names, now=rooms.clock.now())
        await rooms.broker.create(entity)
    await campaign.operating.fill()
