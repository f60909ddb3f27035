"""Signals that move together are an event, one alone its sensor's; quiet weeks are quiet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.water.cli import make_commands
from kota.solutions.water.quality.events import Event, EventWatch

DAY = 144
STEP_S = 600
BEGIN = 1_514_764_800
FLOOR = np.array([0.01, 0.01, 0.05, 1.0])
"""Chlorine at two places [mg/L], turbidity [NTU], conductivity [µS/cm]."""
Change = Callable[[int, np.ndarray], None]


def watched(days: int, *, seed: int = 1, change: Change | None = None) -> list[Event]:
    rng = np.random.default_rng(seed)
    watch = EventWatch(FLOOR, step_s=STEP_S)
    noise = np.zeros(4)
    found = []
    for k in range(days * DAY):
        turn = 2 * np.pi * k / DAY
        flow = 200 - 90 * np.cos(turn) + rng.normal(0, 5)
        noise = 0.7 * noise + rng.normal(0, 1.0, 4)
        values = np.array([0.6 + 4e-4 * flow, 0.5 + 6e-4 * flow, 0.3, 400 + 0.02 * flow])
        values += noise * [0.01, 0.01, 0.02, 1.0]
        if change is not None:
            change(k, values)
        found.append(watch.update(BEGIN + STEP_S * k, values, np.array([flow])))
    return [event for event in found if event is not None]


def test_chlorine_that_falls_while_turbidity_rises_is_an_event_within_an_hour() -> None:
    start = 9 * DAY + 30

    def change(k: int, values: np.ndarray) -> None:
        if start <= k < start + 36:
            values[:] += [-0.15, -0.1, 0.5, 20.0]

    events = [event for event in watched(11, change=change) if event.kind == "event"]
    assert len(events) == 1
    assert start <= (events[0].at - BEGIN) // STEP_S <= start + 6
    assert len(events[0].signals) >= 2


def test_the_command_writes_events_and_refuses_what_is_no_even_table(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    steps = 6 * 72
    flow = 200 + 50 * np.sin(2 * np.pi * np.arange(steps) / 72) + rng.normal(0, 5, steps)
    chlorine = 0.6 + 4e-4 * flow + rng.normal(0, 0.005, steps)
    turbidity = 0.3 + rng.normal(0, 0.02, steps)
    chlorine[-30:] -= 0.2
    turbidity[-30:] += 0.6
    stamps = np.datetime64("2024-01-01T00:00:00") + np.arange(steps) * np.timedelta64(1200, "s")
    rows = [
        f"{str(at).replace('T', ' ')},{f:.1f},{c:.3f},{t:.3f}"
        for at, f, c, t in zip(stamps, flow, chlorine, turbidity, strict=True)
    ]
    table, out = tmp_path / "quality.csv", tmp_path / "events.csv"
    table.write_text("\n".join(["Timestamp,flow,chlorine,turbidity", *rows]) + "\n")
    asked = ["events", "--readings", str(table), "--out", str(out), "--driver", "flow"]
    result = CliRunner().invoke(make_commands(), asked)
    assert result.exit_code == 0, result.output
    _, event = out.read_text().splitlines()
    assert event.split(",")[1] == "event"
    table.write_text("\n".join(["Timestamp,flow,chlorine,turbidity", *rows[:9], *rows[11:]]) + "\n")
    result = CliRunner().invoke(make_commands(), asked)
    assert isinstance(result.exception, InputError)
    assert "line 11" in str(result.exception)


def test_one_signal_alone_is_its_sensors_fault() -> None:
    start = 9 * DAY

    def change(k: int, values: np.ndarray) -> None:
        if k >= start:
            values[2] += 0.6

    events = watched(10, change=change)
    assert [event.kind for event in events] == ["sensor"]
    assert events[0].signals[0][0] == 2


def test_quiet_weeks_are_quiet_and_silence_is_no_event() -> None:
    def change(k: int, values: np.ndarray) -> None:
        if 10 * DAY < k < 11 * DAY:
            values[[0, 3]] = np.nan

    assert watched(25, seed=3, change=change) == []
