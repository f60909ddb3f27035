"""Walking and road networks: joined from lines, weighed, snapped to and travelled."""

from __future__ import annotations

from kota.network.graph import Network, make_network
from kota.network.joining import Way, join
from kota.network.pieces import Piece, describe_pieces, pieces
from kota.network.plane import Plane, checked_degrees
from kota.network.snapping import Spots, at_nodes, on_edges, snap
from kota.network.systems import to_degrees_from
from kota.network.times import Reach, reachable, travel_times
from kota.network.walking import FLAT_SPEED, perceived, tobler_speed, walking_times

__all__ = [
    "FLAT_SPEED",
    "Network",
    "Piece",
    "Plane",
    "Reach",
    "Spots",
    "Way",
    "at_nodes",
    "checked_degrees",
    "describe_pieces",
    "join",
    "make_network",
    "on_edges",
    "perceived",
    "pieces",
    "reachable",
    "snap",
    "to_degrees_from",
    "tobler_speed",
    "travel_times",
    "walking_times",
]
