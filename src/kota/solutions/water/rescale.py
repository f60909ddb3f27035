"""A network brought to another size with its heads kept, so that it works as before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from kota.solutions.water.network import Network, Point, Pump

_FLOW_POWER = 1.852
_DIAMETER_POWER = 4.871


def rescale(
    network: Network,
    *,
    flow: float,
    lengths: Mapping[str, float],
    demands: Mapping[str, float],
    positions: Mapping[str, Point],
    widest: float = inf,
) -> Network:
    """Carry a network over to another place.

    Head loss by Hazen–Williams is h = 10.67 L Q^1.852 / (C^1.852 D^4.871). A pipe whose flow is
    multiplied by f and whose length by l keeps its head loss with a diameter multiplied by
    (l f^1.852)^(1/4.871). Tank areas and pump curves take the factor f in flow, so levels and
    heads move in the same time as before.

    Args:
        network: as it was.
        flow: factor on all flows.
        lengths: new length [m] of each pipe; one that is absent keeps its own.
        demands: new average demand [m³/h] of each junction; one that is absent has its own
            times `flow`.
        positions: new position of each node.
        widest: no pipe gets a larger diameter [mm]; for links that stand for none in the field.

    Returns:
        The network of the new size.
    """
    pipes = {}
    for pipe in network.pipes.values():
        length = lengths.get(pipe.id, pipe.length)
        ratio = (length / pipe.length * flow**_FLOW_POWER) ** (1 / _DIAMETER_POWER)
        pipes[pipe.id] = replace(pipe, length=length, diameter=min(pipe.diameter * ratio, widest))
    return Network(
        {
            node.id: replace(
                node, demand=demands.get(node.id, node.demand * flow), at=positions[node.id]
            )
            for node in network.junctions.values()
        },
        {node.id: replace(node, at=positions[node.id]) for node in network.reservoirs.values()},
        {
            tank.id: replace(tank, diameter=tank.diameter * flow**0.5, at=positions[tank.id])
            for tank in network.tanks.values()
        },
        pipes,
        {pump.id: _pump(pump, flow) for pump in network.pumps.values()},
        {
            valve.id: replace(valve, diameter=valve.diameter * flow**0.5)
            for valve in network.valves.values()
        },
    )


def _pump(pump: Pump, flow: float) -> Pump:
    return replace(pump, curve=tuple((q * flow, h) for q, h in pump.curve))
