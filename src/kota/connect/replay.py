"""Recorded measurements, let out again at the pace at which they were made, or faster."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from kota.connect.table import Step
from kota.model.instant import SECOND

TOGETHER: Final = 1000
"""Most rows that are let out together when they are due together."""

Put = Callable[[list[Step]], Awaitable[None]]
Tell = Callable[[int, int], None]
"""Gets how many rows are out and the instant that was reached."""


async def replay(
    steps: Iterable[Step],
    put: Put,
    *,
    speed: float,
    tell: Tell = lambda _rows, _at: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    monotonic: Callable[[], float] | None = None,
) -> int:
    """Let rows out in the file's order, each when it is due.

    A row is due when as much time has passed since the first as lies between them in the record,
    divided by the speed. A row that is late is let out at once; one that is earlier than the one
    before it follows without a wait.

    Args:
        steps: the rows.
        put: takes those that are due; the next wait begins when it returns.
        speed: recorded seconds in a second; 0 lets everything out without waiting.
        tell: hears of the progress.
        sleep, monotonic: pass time and measure it [s].

    Returns:
        How many rows were let out.
    """
    now = monotonic or asyncio.get_running_loop().time
    began, first, out = now(), None, 0
    due: list[Step] = []
    for step in steps:
        first = step.at if first is None else first
        wait = _wait(step.at - first, speed, now() - began)
        if due and (wait > 0 or len(due) >= TOGETHER):
            await put(due)
            out += len(due)
            tell(out, due[-1].at)
            due = []
            wait = _wait(step.at - first, speed, now() - began)
        if wait > 0:
            await sleep(wait)
        due.append(step)
    if due:
        await put(due)
        out += len(due)
        tell(out, due[-1].at)
    return out


def _wait(recorded: int, speed: float, passed: float) -> float:
    return 0.0 if speed == 0 else recorded / SECOND / speed - passed
