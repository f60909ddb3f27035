"""Where a network's sectioning valves stand, and what closing some of them cuts off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kota.solutions.water.network import Network, Pipe

OPEN = "OPEN"
CLOSED = "CLOSED"
SHORTEST_M = 20.0
"""Pipes that are shorter join parts of one station; no valve stands on them."""


@dataclass(frozen=True, slots=True)
class SectionValve:
    """A valve that only shuts: it stands at one end of a pipe.

    Args:
        id: unique among the sectioning valves.
        pipe: that it shuts.
        node: the end of the pipe at which it stands.
    """

    id: str
    pipe: str
    node: str


def place_valves(network: Network, *, narrowest: float = 0.0) -> tuple[SectionValve, ...]:
    """Stand a valve on every pipe but the widest at each junction of three or more pipes.

    A utility's rule: with n pipes at a junction, n − 1 valves cut any of them off (T. M. Walski,
    Water distribution valve topology for reliability analysis, 1993,
    doi:10.1016/0951-8320(93)90051-Y).

    Args:
        network: whose pipes.
        narrowest: pipes of a smaller diameter have none [mm].

    >>> from kota.solutions.water.inp import net3, read_network
    >>> valves = place_valves(read_network(net3()))
    >>> len(valves), valves[0]
    (102, SectionValve(id='SV-103-101', pipe='103', node='101'))
    """
    beside: dict[str, list[Pipe]] = {}
    for pipe in network.pipes.values():
        beside.setdefault(pipe.start, []).append(pipe)
        beside.setdefault(pipe.end, []).append(pipe)
    found = []
    for node in network.junctions:
        pipes = sorted(beside.get(node, ()), key=lambda one: (-one.diameter, one.id))
        if len(pipes) < 3:
            continue
        found += [
            SectionValve(f"SV-{pipe.id}-{node}", pipe.id, node)
            for pipe in pipes[1:]
            if pipe.length >= SHORTEST_M and pipe.diameter >= narrowest
        ]
    return tuple(sorted(found, key=lambda one: one.id))


def cut_off(network: Network, shut: Iterable[str], *, opened: Iterable[str] = ()) -> frozenset[str]:
    """Junctions that no open way joins to a reservoir or a tank.

    Args:
        network: whose.
        shut: ids of links that let nothing pass; pipes that are closed at the start count too,
        opened: but for these.
    """
    closed = {pipe.id for pipe in network.pipes.values() if not pipe.is_open}
    barred = {*shut, *(closed - {*opened})}
    near: dict[str, list[str]] = {}
    for link in network.links:
        if link.id not in barred:
            near.setdefault(link.start, []).append(link.end)
            near.setdefault(link.end, []).append(link.start)
    reached = {*network.reservoirs, *network.tanks}
    waiting = list(reached)
    while waiting:
        for other in near.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return frozenset(network.junctions) - reached
