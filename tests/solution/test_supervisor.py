"""A task that fails is tried again, is seen, and stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from kota.city import City
from kota.clock import PlantClock, WallClock
from kota.context.stream import Stream
from kota.errors import NotReadyError, SolutionError
from kota.model.instant import HOUR, MINUTE, SECOND
from kota.model.jsonld import kota_context
from kota.solution import Periodic, Solution, Task
from kota.supervisor import Backoff, SolutionHealth, State, Supervisor
from kota.workers import Workers

AT_ONCE = Backoff(0.001, 0.001)


@pytest.fixture
def clock() -> PlantClock:
    return PlantClock(WallClock())


@pytest.fixture
def city(clock: PlantClock) -> City:
    nothing = None
    return City(
        "test",
        reads={},
        writes={},
        context=kota_context(),
        store=nothing,  # type: ignore[arg-type]
        intake=nothing,  # type: ignore[arg-type]
        past=nothing,  # type: ignore[arg-type]
        clock=clock,
        workers=Workers(),
    )


def every(period: int, run: Callable[[City], Awaitable[None]], name: str = "task") -> Periodic:
    return Periodic(name=name, title=name.title(), period=period, run=run)


def solution(*tasks: Task) -> Solution:
    return Solution(
        name="test", title="Test", alias="test", description="Tests.", tasks=lambda _: tasks
    )


async def play(city: City, *tasks: Task, until: Callable[[SolutionHealth], bool]) -> SolutionHealth:
    supervisor = Supervisor(Stream(), backoff=AT_ONCE)
    supervisor.start(solution(*tasks), city)
    try:
        async with asyncio.timeout(10):
            while not until(supervisor.health()[0]):
                await asyncio.sleep(0.005)
        return supervisor.health()[0]
    finally:
        await supervisor.stop()


async def test_a_failing_task_is_seen_and_does_not_stop_another(city: City) -> None:
    async def fail(_: City) -> None:
        raise SolutionError("tank 3 has no level")

    async def work(_: City) -> None:
        return

    health = await play(
        city,
        every(HOUR, fail, "fail"),
        every(HOUR, work, "work"),
        until=lambda h: h.state is State.FAILED,
    )
    failing, working = health.tasks
    assert failing.last_error == "tank 3 has no level"
    assert failing.failures >= 5
    assert (working.state, working.runs) == (State.RUNNING, 1)


async def test_a_task_that_recovers_runs_again_and_keeps_its_last_error(city: City) -> None:
    calls = 0

    async def recover(_: City) -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise ValueError

    health = await play(city, every(HOUR, recover), until=lambda h: h.state is State.RUNNING)
    assert (health.tasks[0].runs, health.tasks[0].failures) == (1, 2)
    assert health.tasks[0].last_error == "ValueError"


async def test_a_solution_that_cannot_make_its_tasks_is_shown_as_failed(city: City) -> None:
    def broken(_: City) -> list[Task]:
        raise SolutionError("no network file")

    supervisor = Supervisor(Stream(), backoff=AT_ONCE)
    supervisor.start(
        Solution(name="test", title="T", alias="t", description="T.", tasks=broken), city
    )
    while supervisor.health()[0].state is not State.FAILED:
        await asyncio.sleep(0.005)
    await supervisor.stop()
    assert supervisor.health()[0].tasks[0].last_error == "no network file"


async def test_periods_follow_the_plant(city: City, clock: PlantClock) -> None:
    async def work(_: City) -> None:
        return

    clock.tell(0, 600.0)
    health = await play(city, every(MINUTE, work), until=lambda h: h.tasks[0].runs >= 4)
    assert clock.now() >= 3 * MINUTE
    assert health.state is State.RUNNING


async def test_a_standing_plant_runs_nothing(city: City, clock: PlantClock) -> None:
    runs = 0

    async def work(_: City) -> None:
        nonlocal runs
        runs += 1

    clock.tell(HOUR, 0.0)
    supervisor = Supervisor(Stream())
    supervisor.start(solution(every(SECOND, work)), city)
    await asyncio.sleep(0.3)
    await supervisor.stop()
    assert runs == 1


async def test_a_plant_that_jumps_back_is_followed(city: City, clock: PlantClock) -> None:
    runs = 0

    async def work(_: City) -> None:
        nonlocal runs
        runs += 1
        clock.tell(HOUR if runs == 1 else 2 * HOUR, 0.0)

    clock.tell(24 * HOUR, 0.0)
    await play(city, every(MINUTE, work), until=lambda _: runs >= 2)


async def test_task_that_has_nothing_to_work_on_waits_without_failing(city: City) -> None:
    calls = 0

    async def run(_: City) -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise NotReadyError("there is no network yet")

    waiting = await play(city, every(SECOND, run), until=lambda _: calls == 1)
    assert waiting.tasks[0].state is State.STARTING
    assert waiting.tasks[0].last_error == "there is no network yet"
    assert waiting.tasks[0].failures == 0


async def test_a_task_that_fails_before_it_begins_is_seen_too(city: City) -> None:
    def run(_: City) -> Awaitable[None]:
        raise ValueError("not even begun")

    health = await play(city, every(SECOND, run), until=lambda one: one.tasks[0].failures > 2)
    assert health.tasks[0].last_error == "not even begun"
