"""A task commands through its city: what it declared, and as far as the mode lets it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.operate.commands.conftest import ANA, PUMP, TANK, Town

from kota.city import City
from kota.errors import NotFoundError, SolutionError
from kota.model.jsonld import kota_context
from kota.operate.commands.command import Mode
from kota.operate.commands.life import State
from kota.store.history.duckdb import DuckHistory
from kota.workers import Workers


@pytest.fixture
async def town(tmp_path: Path, clock: Any) -> AsyncIterator[Town]:
    made = Town(tmp_path, clock)
    await made.open()
    yield made
    await made.close()


def city(town: Town, reads: dict[str, list[str]], *, commands: bool = True) -> City:
    return City(
        "plan",
        reads=reads,
        writes={},
        context=kota_context(),
        store=town.state,
        intake=town.ingest,
        past=DuckHistory(town.folder, memory_limit=2**26),
        clock=town.clock,
        workers=Workers(),
        commands=town.commands if commands else None,
    )


async def test_task_when_it_commands_then_the_mode_decides(town: Town) -> None:
    await town.present()
    plan = city(town, {"Pump": ["status"], "Tank": ["level"]})
    refused = await plan.command(PUMP, "OPEN", reason="cheap power")
    assert (refused.state, refused.words) == (State.REFUSED, "in manual: persons alone command")
    await town.commands.set_mode(PUMP, Mode.ADVISORY, ANA)
    proposed = await plan.command(PUMP, "OPEN", reason="cheap power", cause="urn:forecast")
    assert (proposed.state, proposed.actor.name, proposed.actor.role) == (
        State.WAITING,
        "plan",
        "solution",
    )
    assert (await town.commands.approve(proposed.id, ANA)).state is State.SENT
    await town.flush()
    assert [order.value for order in town.way.sent] == ["OPEN"]
    with pytest.raises(NotFoundError):
        await plan.command(TANK, 1.0, reason="it is none")


async def test_task_when_it_commands_what_it_did_not_declare_then_it_is_refused(
    town: Town,
) -> None:
    await town.present()
    with pytest.raises(SolutionError, match="plan commands"):
        await city(town, {"Tank": ["level"]}).command(PUMP, "OPEN", reason="x")
    with pytest.raises(SolutionError, match="plan commands"):
        await city(town, {"Pump": []}, commands=False).command(PUMP, "OPEN", reason="x")
