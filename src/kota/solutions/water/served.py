"""Which tank a pump fills, as far as the network tells."""

from __future__ import annotations

from heapq import heappop, heappush

from kota.solutions.water.network import Network


def fills(network: Network) -> dict[str, str]:
    """The tank by whose level each pump is switched, else the nearest behind it, if any.

    Args:
        network: whose pumps.
    """
    near: dict[str, list[tuple[str, float]]] = {}
    for pipe in network.pipes.values():
        near.setdefault(pipe.start, []).append((pipe.end, pipe.length))
        near.setdefault(pipe.end, []).append((pipe.start, pipe.length))
    found = {}
    for pump in network.pumps.values():
        tank = pump.follows or _nearest_tank(network, near, pump.end, barred=pump.start)
        if tank is not None:
            found[pump.id] = tank
    return found


def _nearest_tank(
    network: Network, near: dict[str, list[tuple[str, float]]], begin: str, *, barred: str
) -> str | None:
    """Dijkstra's search from a node, which does not pass the pump's own suction side."""
    seen = {barred}
    waiting = [(0.0, begin)]
    while waiting:
        far, node = heappop(waiting)
        if node in seen:
            continue
        if node in network.tanks:
            return node
        seen.add(node)
        for other, length in near.get(node, ()):
            if other not in seen:
                heappush(waiting, (far + length, other))
    return None
