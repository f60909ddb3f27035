"""Drawn towns for SWMM, and storms over them: a tree of pipes to one outfall, from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DIAMETERS = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.1, 2.5, 3.0)
MANNING, DESIGN_MM_H = 0.013, 35.0
DRY_M3_S = 2.5e-4
PATTERN = (
    *(0.5, 0.4, 0.35, 0.35, 0.45, 0.8, 1.4, 1.7, 1.5, 1.2, 1.1, 1.1),
    *(1.15, 1.1, 1.0, 1.0, 1.05, 1.2, 1.4, 1.5, 1.35, 1.1, 0.85, 0.65),
)


@dataclass(frozen=True, slots=True)
class Town:
    """A town as a SWMM input file.

    Args:
        text: of the file.
        pipes: the conduits, from the leaves on.
        below: of each pipe, the node that it leads to.
        diameters: [m].
        overflows: weirs to the river.
        measured: nodes with a level sensor.
    """

    text: str
    pipes: tuple[str, ...]
    below: tuple[str, ...]
    diameters: tuple[float, ...]
    overflows: tuple[str, ...]
    measured: tuple[str, ...]


def draw_town(seed: int, pipes: int, *, dry: bool = False) -> Town:
    """A town of so many pipes; a fifth of its trunk is too narrow, two weirs relieve it.

    Args:
        seed: of the draws.
        pipes: how many.
        dry: whether no rain falls on it (its pipes are sized all the same).
    """
    rng = np.random.default_rng(seed)
    parent = [0, 0, *(max(1, i - 1 - int(rng.integers(0, 4))) for i in range(2, pipes + 1))]
    area = rng.uniform(0.3, 1.2, pipes + 1)
    impervious = rng.uniform(35, 70, pipes + 1)
    length = rng.uniform(50, 130, pipes + 1)
    slope = rng.uniform(0.003, 0.008, pipes + 1)
    drained = area * impervious / 100
    for i in range(pipes, 0, -1):
        drained[parent[i]] += drained[i]
    bottom = np.zeros(pipes + 1)
    for i in range(1, pipes + 1):
        bottom[i] = bottom[parent[i]] + length[i] * slope[i]
    flow = drained * 1e4 * DESIGN_MM_H / 3.6e6 * np.where(rng.uniform(size=pipes + 1) < 0.2, 0.6, 1)
    size = [_diameter(q, s) for q, s in zip(flow, slope, strict=True)]
    for i in range(1, pipes + 1):
        size[parent[i]] = max(size[parent[i]], size[i]) if parent[i] else size[parent[i]]
    big = sorted(range(2, pipes + 1), key=lambda i: -drained[i])
    weirs = [big[pipes // 12], big[pipes // 6]]
    measured = sorted({*big[: max(4, pipes // 12)], *weirs})
    text = _text(parent, area, impervious, length, bottom, size, weirs, dry=dry)
    order = range(1, pipes + 1)
    return Town(
        text,
        tuple(f"C{i}" for i in order),
        tuple(f"J{parent[i]}" if parent[i] else "OUT" for i in order),
        tuple(size[i] for i in order),
        tuple(f"W{i}" for i in weirs),
        tuple(f"J{i}" for i in measured),
    )


def draw_storm(seed: int, *, peak: tuple[float, float] = (8.0, 60.0)) -> Floats:
    """Rain in steps of five minutes [mm/h]: one or two cells, of half an hour to three hours."""
    rng = np.random.default_rng(seed)
    steps = np.arange(6 * 12, dtype=float)
    rain = np.zeros(len(steps))
    for cell in range(1 + int(rng.uniform() < 0.4)):
        middle = rng.uniform(12, 36) + 12 * cell
        rise, fall = rng.uniform(3, 12), rng.uniform(6, 20)
        height = np.exp(rng.uniform(*np.log(peak)))
        width = np.where(steps < middle, rise, fall)
        rain += height * np.exp(-(((steps - middle) / width) ** 2))
    rough = np.zeros(len(steps))
    for i in range(1, len(steps)):
        rough[i] = 0.7 * rough[i - 1] + 0.25 * rng.standard_normal()
    rain *= np.exp(rough)
    return np.where(rain < 0.3, 0.0, rain)


def _diameter(flow: float, slope: float) -> float:
    for each in DIAMETERS:
        full = np.pi * each**2 / 4 * (each / 4) ** (2 / 3) * slope**0.5 / MANNING
        if full >= flow:
            return each
    return DIAMETERS[-1]


def _text(
    parent: list[int],
    area: Floats,
    impervious: Floats,
    length: Floats,
    bottom: Floats,
    size: list[float],
    weirs: list[int],
    *,
    dry: bool,
) -> str:
    nodes = range(1, len(parent))
    name = ["OUT", *(f"J{i}" for i in nodes)]
    depth = [max(2.0, size[i] + 1.2) for i in range(len(parent))]
    land: dict[str, list[str]] = {}
    if not dry:
        land = {
            "RAINGAGES": ["G INTENSITY 0:05 1.0 TIMESERIES RAIN"],
            "SUBCATCHMENTS": [
                f"S{i} G J{i} {area[i]:.3f} {impervious[i]:.0f} {area[i] * 100:.0f} 0.8 0"
                for i in nodes
            ],
            "SUBAREAS": [f"S{i} 0.013 0.15 1.0 4.0 25 OUTLET" for i in nodes],
            "INFILTRATION": [f"S{i} 40 8 4 7 0" for i in nodes],
            "TIMESERIES": ["RAIN 0:00 0"],
        }
    sections = {
        "OPTIONS": _OPTIONS,
        **land,
        "JUNCTIONS": [f"J{i} {bottom[i]:.3f} {depth[i]:.2f} 0 0 0" for i in nodes],
        "OUTFALLS": [
            f"OUT {bottom[0] - 0.5:.3f} FREE NO",
            *(f"R{i} {bottom[i]:.3f} FREE NO" for i in weirs),
        ],
        "CONDUITS": [
            f"C{i} J{i} {name[parent[i]]} {length[i]:.1f} {MANNING} 0 0 0 0" for i in nodes
        ],
        "WEIRS": [f"W{i} J{i} R{i} TRANSVERSE {size[i] * 0.9:.2f} 1.8 NO 0 0 YES" for i in weirs],
        "XSECTIONS": [
            *(f"C{i} CIRCULAR {size[i]:.2f} 0 0 0 1" for i in nodes),
            *(f"W{i} RECT_OPEN 0.8 1.5 0 0" for i in weirs),
        ],
        "DWF": [f'J{i} FLOW {DRY_M3_S * area[i]:.6f} "DAY"' for i in nodes],
        "PATTERNS": [f"DAY HOURLY {' '.join(map(str, PATTERN))}"],
    }
    return "\n".join(f"[{key}]\n" + "\n".join(rows) + "\n" for key, rows in sections.items())


_OPTIONS = [
    "FLOW_UNITS CMS",
    "INFILTRATION HORTON",
    "FLOW_ROUTING DYNWAVE",
    "LINK_OFFSETS DEPTH",
    "START_DATE 11/27/2026",
    "START_TIME 00:00:00",
    "END_DATE 11/27/2026",
    "END_TIME 12:00:00",
    "WET_STEP 00:02:00",
    "DRY_STEP 00:15:00",
    "ROUTING_STEP 0:00:15",
    "VARIABLE_STEP 0.75",
    "REPORT_STEP 00:05:00",
]
