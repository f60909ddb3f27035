from __future__ import annotations

from typing import Any

import pytest

from kota.connect import replay as module
from kota.connect.replay import replay
from kota.connect.table import Step
from kota.model.instant import SECOND


class Pace:
    """Time that passes only by sleeping and by putting."""

    def __init__(self, put_takes: float = 0.0) -> None:
        self.now = 100.0
        self.put_takes = put_takes
        self.out: list[tuple[float, list[int]]] = []

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def put(self, steps: list[Step]) -> None:
        self.out.append((self.now - 100, [step.row for step in steps]))
        self.now += self.put_takes

    async def run(self, times: list[int], speed: float, **options: Any) -> int:
        steps = [Step(i, at * SECOND, [], []) for i, at in enumerate(times)]
        return await replay(
            steps, self.put, speed=speed, sleep=self.sleep, monotonic=lambda: self.now, **options
        )


async def test_rows_keep_their_distance_divided_by_the_speed() -> None:
    pace = Pace()
    assert await pace.run([1000, 1000, 1060, 1180], 60) == 4
    assert pace.out == [(0, [0, 1]), (1, [2]), (3, [3])]


async def test_a_late_replay_catches_up() -> None:
    pace = Pace(put_takes=5)
    await pace.run([0, 1, 2, 20], 1)
    assert pace.out == [(0, [0]), (5, [1, 2]), (20, [3])]


async def test_speed_zero_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOGETHER", 2)
    pace, told = Pace(), []
    await pace.run([0, 100, 50], 0, tell=lambda rows, at: told.append((rows, at)))
    assert pace.out == [(0, [0, 1]), (0, [2])]
    assert told == [(2, 100 * SECOND), (3, 50 * SECOND)]
