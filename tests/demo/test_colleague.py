"""The other person on the shift agrees after the operator, to nothing else, and never first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.operate.commands.conftest import ANA, PLAN, PUMP, Town, definition

from kota.demo.colleague import SHIFT_LEAD, THINKS_S, Colleague
from kota.operate.commands.command import Mode
from kota.operate.commands.life import State


@pytest.fixture
async def town(tmp_path: Path, clock: Any) -> AsyncIterator[Town]:
    made = Town(tmp_path, clock)
    made.definitions = [definition(two_person=True, expire_after=600.0)]
    await made.open()
    yield made
    await made.close()


async def test_colleague_when_the_operator_has_agreed_then_she_does_after_a_while(
    town: Town,
) -> None:
    await town.present()
    colleague = Colleague(town.commands)
    asked = await town.want("OPEN")
    town.clock.advance(THINKS_S - 1)
    await colleague.look()
    assert (await town.commands.command(asked.id)).state is State.WAITING
    town.clock.advance(1)
    await colleague.look()
    await town.flush()
    done = await town.commands.command(asked.id)
    assert done.state is State.SENT
    assert [one.name for one in done.approvals] == [SHIFT_LEAD.name]


async def test_colleague_when_a_solution_proposes_then_she_waits_for_the_operator(
    town: Town,
) -> None:
    await town.present()
    colleague = Colleague(town.commands)
    await colleague.advise("water.pump")
    assert town.commands.seat(PUMP).record.mode is Mode.ADVISORY
    proposed = await town.want("OPEN", PLAN)
    town.clock.advance(2 * THINKS_S)
    await colleague.look()
    assert (await town.commands.command(proposed.id)).state is State.WAITING
    await town.commands.approve(proposed.id, ANA)
    town.clock.advance(THINKS_S)
    await colleague.look()
    await town.flush()
    assert (await town.commands.command(proposed.id)).state is State.SENT


async def test_colleague_when_one_person_is_enough_then_she_approves_nothing(
    tmp_path: Path, clock: Any
) -> None:
    alone = Town(tmp_path, clock)
    await alone.open()
    await alone.present()
    await alone.commands.set_mode(PUMP, Mode.ADVISORY, ANA)
    proposed = await alone.want("OPEN", PLAN)
    clock.advance(2 * THINKS_S)
    await Colleague(alone.commands).look()
    assert (await alone.commands.command(proposed.id)).state is State.WAITING
    await alone.close()
