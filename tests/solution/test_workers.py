"""Worker processes compute, die and are replaced."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Iterator

import pytest

from kota.errors import SolutionError
from kota.workers import Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


async def test_a_result_comes_back_from_another_process(workers: Workers) -> None:
    assert await workers.run(os.getpid) != os.getpid()


async def test_what_the_function_raises_is_raised_here(workers: Workers) -> None:
    with pytest.raises(ValueError, match=r"domain|nonnegative"):
        await workers.run(math.sqrt, -1.0)


async def test_a_process_that_dies_is_replaced(workers: Workers) -> None:
    with pytest.raises(SolutionError, match="_exit died"):
        await workers.run(os._exit, 9)
    assert await workers.run(math.sqrt, 4.0) == 2.0


async def test_a_call_that_overruns_is_ended(workers: Workers) -> None:
    with pytest.raises(SolutionError, match=r"within 0\.2 s"):
        await workers.run(time.sleep, 60, timeout_s=0.2)
    assert await workers.run(math.sqrt, 4.0) == 2.0


async def test_a_cancelled_call_frees_its_process(workers: Workers) -> None:
    call = asyncio.create_task(workers.run(time.sleep, 60))
    await asyncio.sleep(0.5)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await workers.run(math.sqrt, 4.0) == 2.0


async def test_a_result_that_cannot_travel_is_explained(workers: Workers) -> None:
    with pytest.raises(SolutionError, match="cannot leave its process"):
        await workers.run(open, os.devnull)
    assert await workers.run(math.sqrt, 4.0) == 2.0


def test_no_workers_at_all_is_refused() -> None:
    with pytest.raises(SolutionError, match="at least 1"):
        Workers(0)
