"""Where contamination may have entered, from which sensors saw it when and which did not.

Every node from which water can have come is tried by simulation, with several times of beginning;
each is weighed by how well what its water would have reached agrees with what sensors said, each
of whom misses or imagines with a known probability (after the words of sensors by A. E. De Sanctis,
F. Shang, J. G. Uber, Real-time identification of possible contamination sources, 2010,
doi:10.1061/(ASCE)WR.1943-5452.0000050, in a Bayesian form).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.outlook.course import Begin
from kota.solutions.water.quality.tracer import Tracer, traced, upstream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEEN = 5.0
"""Share of the source's concentration that a sensor sees [%]."""
MISSES, IMAGINES = 0.1, 0.02
REACHED = 1.0
"""Share from which on a node counts as reached [%]."""
STARTS = 12
"""Times of beginning that are tried for each node."""
MOST = 400
"""Nodes that are tried: the nearest upstream of sensors that saw something."""
TOLD = 10
UNLIKELY = 0.02
"""Nodes that are reached with less probability are not told."""


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sensor said.

    Args:
        second: since the beginning of the run [s].
        node: where it stands.
        positive: whether it saw something.
    """

    second: int
    node: str
    positive: bool


class Candidate(msgspec.Struct, frozen=True):
    """A place at which contamination may have entered.

    Args:
        node: where.
        probability: given that there is one source.
        begins: the likeliest second of its beginning, since the beginning of the run.
    """

    node: str
    probability: float
    begins: int


class Reached(msgspec.Struct, frozen=True):
    """Where contamination is or will be.

    Args:
        node: a customers' node.
        probability: that it is reached until the end.
        begins: the expected second at which it is, since the beginning of the run.
        demand: average there [m³/h].
    """

    node: str
    probability: float
    begins: int
    demand: float


class Origin(msgspec.Struct, frozen=True):
    """What was found.

    Args:
        candidates: the likeliest first.
        reached: customers' nodes, the most certain first.
        tried: nodes that were tried.
        demand: expected demand that is reached [m³/h].
    """

    candidates: tuple[Candidate, ...]
    reached: tuple[Reached, ...]
    tried: int
    demand: float


@dataclass(frozen=True, slots=True)
class _Tried:
    """One node: its starts, their logarithms of likelihood, when nodes are reached."""

    node: str
    starts: Ints
    weights: Floats
    arrivals: Floats


def find_origin(
    path: Path,
    seen: Sequence[Seen],
    *,
    hours: float,
    begin: Begin | None = None,
    step_s: int = 900,
) -> Origin:
    """Weigh where contamination entered, and tell whom it reaches until the end of the run.

    Args:
        path: the ``.inp`` file.
        seen: what the sensors said, one positive at least.
        hours: of the run: until the last that was seen, and as far ahead as is asked for.
        begin: how the network stood at the beginning of the run.
        step_s: between two steps.

    Raises:
        InputError: nothing was seen, or at a node or time that the run has not.
        SolutionError: EPANET cannot read or solve the file.
    """
    if not any(each.positive for each in seen):
        raise InputError("no sensor saw anything: there is no source to look for")
    for each in seen:
        if not 0 <= each.second <= hours * 3600:
            raise InputError(f"sensor {each.node} spoke at {each.second} s, outside the run")

    with traced(path, hours=hours, step_s=step_s, begin=begin) as tracer:
        index = {name: k for k, name in enumerate(tracer.nodes)}
        for each in seen:
            if each.node not in index:
                raise InputError(f"the network has no node {each.node!r}, at which a sensor spoke")
        first: dict[str, int] = {}
        for each in sorted(seen, key=lambda each: each.second):
            if each.positive:
                first.setdefault(each.node, each.second)
        latest = max(first.values())
        tried = upstream(tracer, list(first), latest)[:MOST]
        starts = np.linspace(0, latest, STARTS, endpoint=False).astype(int) // step_s * step_s
        found = [_try(tracer, node, np.unique(starts), seen, index) for node in tried]
    return _told(tracer, found)


def _try(
    tracer: Tracer, node: str, starts: Ints, seen: Sequence[Seen], index: Mapping[str, int]
) -> _Tried:
    """Inject at a node from each of some times on."""
    weights, arrivals = np.zeros(len(starts)), np.zeros((len(starts), len(index)))
    rows = [int(np.searchsorted(tracer.seconds, each.second, side="right")) - 1 for each in seen]
    columns = [index[each.node] for each in seen]
    positive = np.array([each.positive for each in seen])
    for k, start in enumerate(starts.tolist()):
        share = tracer.inject(node, start)
        there = share[rows, columns] >= SEEN
        right = np.where(there, 1 - MISSES, 1 - IMAGINES)
        wrong = np.where(there, MISSES, IMAGINES)
        weights[k] = np.log(np.where(positive == there, right, wrong)).sum()
        reached = share >= REACHED
        arrivals[k] = np.where(
            reached.any(axis=0), tracer.seconds[np.argmax(reached, axis=0)], np.inf
        )
    return _Tried(node, starts, weights, arrivals)


def _told(tracer: Tracer, found: Sequence[_Tried]) -> Origin:
    logs = np.array([each.weights for each in found])
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    by_node = mass.sum(axis=1)
    candidates = tuple(
        Candidate(
            found[k].node,
            round(float(by_node[k]), 4),
            int(found[k].starts[int(np.argmax(mass[k]))]),
        )
        for k in np.argsort(-by_node, kind="stable")[:TOLD]
    )
    arrivals = np.array([each.arrivals for each in found])
    come = np.isfinite(arrivals)
    chance = np.einsum("ij,ijk->k", mass, come)
    when = np.einsum("ij,ijk->k", mass, np.where(come, arrivals, 0.0))
    junctions = tracer.network.junctions
    reached = [
        Reached(
            name,
            round(min(float(chance[k]), 1.0), 4),
            round(float(when[k] / chance[k])),
            round(junctions[name].demand, 3),
        )
        for k, name in enumerate(tracer.nodes)
        if name in junctions and junctions[name].demand > 0 and chance[k] >= UNLIKELY
    ]
    reached.sort(key=lambda each: (-each.probability, each.begins, each.node))
    demand = sum(each.probability * each.demand for each in reached)
    return Origin(candidates, tuple(reached), len(found), round(demand, 2))
