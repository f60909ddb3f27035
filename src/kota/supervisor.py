"""Keeps the tasks of the solutions running; a fault becomes a health state, never a crash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

import msgspec

from kota.city import City
from kota.context.stream import Stream
from kota.errors import NotReadyError
from kota.solution import Periodic, Reactive, Solution, Task
from kota.store.state import Change

log = logging.getLogger(__name__)

_TICK_S = 0.1
_FAILED_AFTER = 5


class State(StrEnum):
    """How a task or a solution does."""

    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    FAILED = "failed"


class TaskHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a task does.

    Args:
        name, title: of the task.
        state: starting until it first ended, and while what it works on is not there; degraded
            while its last run failed, failed after five failures in a row. It is tried again all
            the same.
        last_run: when it last ended well [µs], in the time of the city.
        last_error: why it last failed; kept after it recovers.
        runs, failures: how often it ended well and failed.
    """

    name: str
    title: str
    state: State = State.STARTING
    last_run: int | None = None
    last_error: str | None = None
    runs: int = 0
    failures: int = 0


class SolutionHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a solution does: as its worst task."""

    name: str
    title: str
    state: State
    tasks: tuple[TaskHealth, ...]


class Backoff(msgspec.Struct, frozen=True):
    """How long to wait after failures in a row [s of wall time]: doubling from first to last."""

    first: float = 1.0
    last: float = 60.0

    def wait(self, failures: int) -> float:
        """The wait after that many failures in a row.

        >>> [Backoff(1.0, 5.0).wait(n) for n in (1, 2, 3, 4)]
        [1.0, 2.0, 4.0, 5.0]
        """
        return float(min(self.last, self.first * 2 ** min(failures - 1, 30)))


class Supervisor:
    """Runs every task of every solution as a task of its own on the event loop.

    Args:
        stream: where reactive tasks listen.
        backoff: the waits after failures.
    """

    def __init__(self, stream: Stream, *, backoff: Backoff | None = None) -> None:
        self._stream = stream
        self._backoff = backoff or Backoff()
        self._solutions: list[tuple[Solution, list[_Runner]]] = []
        self._running: list[asyncio.Task[None]] = []

    def start(self, solution: Solution, city: City) -> None:
        """Start the tasks of a solution. One that cannot even make them is shown as failed."""
        runners = [
            _Runner(task, city, self._stream, self._backoff) for task in _tasks(solution, city)
        ]
        self._solutions.append((solution, runners))
        self._running += [
            asyncio.create_task(runner.run(), name=f"{solution.name}.{runner.task.name}")
            for runner in runners
        ]

    async def stop(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        running, self._running = self._running, []
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def health(self) -> list[SolutionHealth]:
        """How each solution does."""
        return [
            SolutionHealth(
                name=solution.name,
                title=solution.title,
                state=_worst([runner.health.state for runner in runners]),
                tasks=tuple(runner.health for runner in runners),
            )
            for solution, runners in self._solutions
        ]


def _tasks(solution: Solution, city: City) -> Sequence[Task]:
    if solution.tasks is None:
        return ()
    try:
        return solution.tasks(city)
    except Exception as error:
        log.exception("solution %s could not make its tasks", solution.name)
        message = _describe(error)

        async def fail(_: City) -> None:
            raise SolutionTasksError(message)

        return (Periodic(name="tasks", title="Make the tasks", period=60_000_000, run=fail),)


class SolutionTasksError(Exception):
    """A solution's `tasks` raised; its message is carried on to the health state."""


_SEVERITY = (State.RUNNING, State.STARTING, State.DEGRADED, State.FAILED)


def _worst(states: Sequence[State]) -> State:
    return max(states, key=_SEVERITY.index, default=State.RUNNING)


def _describe(error: BaseException) -> str:
    return str(error) or type(error).__name__


class _Runner:
    """One task, run again until cancelled."""

    def __init__(self, task: Task, city: City, stream: Stream, backoff: Backoff) -> None:
        self.task = task
        self.health = TaskHealth(name=task.name, title=task.title)
        self._city = city
        self._stream = stream
        self._backoff = backoff
        self._failures_in_a_row = 0

    async def run(self) -> None:
        if isinstance(self.task, Periodic):
            await self._periodic(self.task)
        else:
            await self._reactive(self.task)

    async def _periodic(self, task: Periodic) -> None:
        due = self._city.now()
        while True:
            due = await self._until(due, task.period) + task.period
            if not await self._attempt(task.run):
                due = self._city.now()

    async def _until(self, due: int, period: int) -> int:
        """Wait for an instant of the city's clock, which may stand, race or jump."""
        while (now := self._city.now()) < due:
            if due - now > period:
                return now
            await asyncio.sleep(_TICK_S)
        return max(due, now - period)

    async def _reactive(self, task: Reactive) -> None:
        term = self._city.term
        tap = self._stream.tap(
            types=[term(name) for name in task.types],
            attributes=[term(name) for name in task.attributes],
        )
        try:
            async for batch in tap:
                while not await self._attempt(task.run, batch):
                    continue
        finally:
            tap.close()

    async def _attempt(self, run: Callable[..., Awaitable[None]], *seen: list[Change]) -> bool:
        """Run once; on failure wait. Returns whether it went well."""
        try:
            await run(self._city, *seen)
        except NotReadyError as error:
            self._wait(error)
            return True
        except Exception as error:  # noqa: BLE001 - it becomes a health state
            await self._failed(error)
            return False
        self._failures_in_a_row = 0
        self.health = msgspec.structs.replace(
            self.health,
            state=State.RUNNING,
            last_run=self._city.now(),
            runs=self.health.runs + 1,
        )
        return True

    def _wait(self, error: NotReadyError) -> None:
        self._failures_in_a_row = 0
        self.health = msgspec.structs.replace(
            self.health, state=State.STARTING, last_error=str(error)
        )

    async def _failed(self, error: Exception) -> None:
        self._failures_in_a_row += 1
        failed = self._failures_in_a_row >= _FAILED_AFTER
        self.health = msgspec.structs.replace(
            self.health,
            state=State.FAILED if failed else State.DEGRADED,
            last_error=_describe(error),
            failures=self.health.failures + 1,
        )
        if self._failures_in_a_row in (1, _FAILED_AFTER):
            log.warning("%s.%s failed", self._city.owner, self.task.name, exc_info=error)
        await asyncio.sleep(self._backoff.wait(self._failures_in_a_row))
