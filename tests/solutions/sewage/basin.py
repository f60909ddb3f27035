"""Two basins above one pipe, played without an engine: what control is tried on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 11, 27, 15, tzinfo=UTC)
VOLUME, DEPTH = 1000.0, 2.0
GATE = 0.6
"""What a full basin's gate lets out when it is open [m³/s]."""
LIMIT = 0.3

CONFIG: dict[str, Any] = {
    "name": "two basins",
    "interval_s": 60,
    "actuators": [
        {"id": "gate-a", "kind": "orifice", "from": "a", "to": "xa", "min": 0.0, "max": 1.0},
        {"id": "gate-b", "kind": "orifice", "from": "b", "to": "xb", "min": 0.0, "max": 1.0},
    ],
    "sensors": {"depths": ["a", "b"], "flows": ["gate-a", "gate-b", "pipe"]},
    "storages": [
        {"id": "a", "max_depth": DEPTH, "volume": VOLUME},
        {"id": "b", "max_depth": DEPTH, "volume": VOLUME},
    ],
    "limits": {"pipe": LIMIT},
    "objectives": [{"kind": "flooding", "ids": []}, {"kind": "limit", "ids": ["pipe"]}],
}

Step = Callable[[datetime, dict[str, float], dict[str, float]], dict[str, float]]
Spoil = Callable[[int, dict[str, float]], dict[str, float]]


def storm(minute: int, peak: float = 0.35) -> float:
    """Inflow of each basin [m³/s]: two hours, a triangle."""
    return max(0.0, peak * (1 - abs(minute - 60) / 60))


@dataclass(slots=True)
class Outcome:
    """What came of it [m³], and every setting."""

    flooded: float = 0.0
    over: float = 0.0
    settings: list[dict[str, float]] = field(default_factory=list)


def play(
    step: Step | None,
    *,
    peak: float = 0.35,
    minutes: int = 360,
    spoil: Spoil = lambda _, readings: readings,
    stuck: dict[str, float] | None = None,
) -> Outcome:
    """Play a storm; `spoil` changes what is read, `stuck` gates stand where they are told."""
    outcome = Outcome()
    stored = {"a": 0.0, "b": 0.0}
    settings = {"gate-a": 1.0, "gate-b": 1.0}
    flows = {"gate-a": 0.0, "gate-b": 0.0, "pipe": 0.0}
    for minute in range(minutes):
        if step is not None:
            depths = {name: DEPTH * volume / VOLUME for name, volume in stored.items()}
            now = BEGIN + timedelta(minutes=minute)
            settings |= step(now, spoil(minute, depths), spoil(minute, dict(flows)))
            outcome.settings.append(dict(settings))
        for name in stored:
            setting = (stuck or {}).get(f"gate-{name}", settings[f"gate-{name}"])
            out = min(setting * GATE * (stored[name] / VOLUME) ** 0.5, stored[name] / 60)
            stored[name] = max(stored[name] + 60 * (storm(minute, peak) - out), 0.0)
            outcome.flooded += max(stored[name] - VOLUME, 0.0)
            stored[name] = min(stored[name], VOLUME)
            flows[f"gate-{name}"] = out
        flows["pipe"] = flows["gate-a"] + flows["gate-b"]
        outcome.over += 60 * max(flows["pipe"] - LIMIT, 0.0)
    return outcome
