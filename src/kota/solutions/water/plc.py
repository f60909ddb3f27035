"""The controller on site: it obeys, but its own interlocks go before any command."""

from __future__ import annotations

from typing import Final

from kota.solutions.water.actuators import AUTO, RUN, SETTINGS, STAND
from kota.solutions.water.hydraulics import Hydraulics, Truth
from kota.solutions.water.network import Network

LOW_SUCTION: Final = 2.0
"""Below this pressure at its inlet [m] a pump would run dry: it stands, whatever is wanted."""


class Plc:
    """Switches the pumps of a network by command, or leaves them to their levels.

    Args:
        network: whose pumps.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._settings = dict.fromkeys(network.pumps, AUTO)
        self._suction: dict[str, float] = {}

    def setting(self, pump: str) -> str:
        """Running, standing, or by its own controls."""
        return self._settings[pump]

    def order(self, hydraulics: Hydraulics, pump: str, wanted: object) -> str | None:
        """Switch a pump; returns why not, in words, or None where it was."""
        if not isinstance(wanted, str) or wanted not in SETTINGS:
            return f"{wanted!r} is no setting of a pump"
        pressure = self._suction.get(pump)
        if wanted == RUN and pressure is not None and pressure < LOW_SUCTION:
            return f"suction pressure is {pressure:.1f} m, needed is {LOW_SUCTION:g} m"
        self._set(hydraulics, pump, wanted)
        return None

    def resume(self, hydraulics: Hydraulics, pump: str) -> None:
        """Bring a pump back to its setting, after something else held it."""
        self._set(hydraulics, pump, self._settings[pump])

    def see(self, hydraulics: Hydraulics, truth: Truth) -> None:
        """Look at the pressures, and stop what would run dry."""
        for name, pump in self._network.pumps.items():
            if pump.start not in self._network.junctions:
                continue
            pressure = float(truth.pressure[hydraulics.nodes.index(pump.start)])
            self._suction[name] = pressure
            if pressure < LOW_SUCTION and self._settings[name] == RUN:
                self._set(hydraulics, name, STAND)

    def _set(self, hydraulics: Hydraulics, pump: str, setting: str) -> None:
        self._settings[pump] = setting
        hydraulics.hold(pump, None if setting == AUTO else setting == RUN)
