"""How a benchmark says what it found."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path


def emit(
    metric: str, value: float, unit: str, *, floor: float | None = None, goal: str | None = None
) -> None:
    """Print one figure as a JSON line.

    Args:
        metric: what was measured, ``ingest.rate``.
        value: the figure.
        unit: its unit.
        floor: the same without Kota, measured in the same run.
        goal: what it must reach, in words.
    """
    line: dict[str, object] = {"metric": metric, "value": round(value, 4), "unit": unit}
    if floor is not None:
        line["floor"] = round(floor, 4)
        line["ratio"] = round(value / floor, 3) if floor else None
    if goal is not None:
        line["goal"] = goal
    print(json.dumps(line), flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def machine() -> str:
    """What the figures were measured on."""
    about = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.split(":", 1)[1].strip() for line in about if line.startswith("model name"))
    model = next(names, platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, Python {version}"
