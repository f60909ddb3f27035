"""A small town on a grid: for the plant of the solution alone, and for tests."""

from __future__ import annotations

import numpy as np

from kota.solutions.people_flow.pedestrians.crowd import Homes, Places, Setting
from kota.solutions.people_flow.pedestrians.walking import Walkways

_BLOCK_M = 90.0


def grid_town(seed: int, *, rows: int = 8, columns: int = 9, homes: int = 300) -> Setting:
    """A town of straight streets with two of everything that people need.

    Args:
        seed: of everything that is drawn.
        rows, columns: crossings from south to north and from west to east.
        homes: how many houses, with three people each on average.
    """
    rng = np.random.default_rng([seed, 24])
    ways = _streets(rows, columns)
    count = rows * columns
    ages = rng.multinomial(rng.poisson(3.0, homes), (0.08, 0.16, 0.68, 0.08))
    houses = Homes(rng.integers(0, count, homes), rng.uniform(5.0, 40.0, homes), ages)
    return Setting(ways, houses, _places(count, rng), seed, commuters=60, visitors=80)


def _streets(rows: int, columns: int) -> Walkways:
    number = np.arange(rows * columns).reshape(rows, columns)
    east = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    north = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    ends = np.concatenate([east, north])
    y, x = np.divmod(np.arange(rows * columns), columns)
    nodes = np.stack([x, y], axis=1) * _BLOCK_M
    count = len(ends)
    zone = (y * 3 // rows) * 3 + x * 3 // columns
    return Walkways(
        nodes, ends, np.full(count, _BLOCK_M), np.full(count, 4.0), np.ones(count), zone
    )


def _places(count: int, rng: np.random.Generator) -> Places:
    kinds = ("stop", "school", "mosque", "temple", "church", "market", "civic", "leisure")
    names = [f"{kind} {k}" for kind in kinds for k in (1, 2)] + [f"shop {k}" for k in range(1, 21)]
    sorts = [name.split()[0] for name in names]
    pull = {kind: np.array([float(sort == kind) for sort in sorts]) for kind in (*kinds, "shop")}
    pull["work"] = pull["shop"] + 3.0 * (pull["civic"] + pull["market"] + pull["school"])
    outdoors = pull["market"] + pull["leisure"] + pull["mosque"]
    return Places(
        tuple(names),
        rng.integers(0, count, len(names)),
        rng.uniform(3.0, 20.0, len(names)),
        np.where(outdoors > 0, 800.0, 0.0),
        pull,
    )
