"""What is to be otherwise in a look ahead: closures, demand, settings."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kota.errors import InputError
from kota.solutions.water.network import Network

MOST = 10.0
"""The largest factor on demand that is taken for meant."""


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes of a network that hold from the beginning on.

    Args:
        closed: ids of links that stay closed, whatever the controls say.
        opened: ids of links that stay open.
        demand_factor: on what all customers take.
        demand: taken besides, by junction [m³/h]; negative: given.
        settings: of valves: pressure [m], flow [m³/h] or coefficient by kind; of pumps: speed.
    """

    closed: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    demand_factor: float = 1.0
    demand: Mapping[str, float] = {}
    settings: Mapping[str, float] = {}

    def check(self, network: Network) -> None:
        """See that a network has what is changed.

        Raises:
            InputError: it has not; names what, and what there is.
        """
        links = {link.id for link in network.links}
        for name in (*self.closed, *self.opened):
            if name not in links:
                raise InputError(f"the network has no link {name!r}, which is to be shut or opened")
        if both := set(self.closed) & set(self.opened):
            raise InputError(f"the link {sorted(both)[0]} is to be both closed and open")
        for name in self.demand:
            if name not in network.junctions:
                raise InputError(f"the network has no junction {name!r}, at which is to be taken")
        for name in self.settings:
            if name not in network.valves and name not in network.pumps:
                raise InputError(f"the network has no valve or pump {name!r}, which is to be set")
        if not 0 <= self.demand_factor <= MOST:
            raise InputError(f"a demand factor of {self.demand_factor:g}; expected 0 to {MOST:g}")
