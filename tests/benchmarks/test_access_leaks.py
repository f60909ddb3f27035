"""The campaign of access, small: nothing leaks, and it would notice if something did."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import access_leaks
from kota.access.sight import Sight
from kota.model.entity import Entity


async def test_nothing_leaks(tmp_path: Path) -> None:
    campaign = await access_leaks.run(600, 11, tmp_path)
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
