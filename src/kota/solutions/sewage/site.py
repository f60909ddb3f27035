"""What Kota is told of a system of sewers, in the solution's folder: its model, its control.

``DATA/solutions/sewage/model.inp`` is the SWMM model, ``control.toml`` what may be moved. Ids in
them are those of the entities, without the beginning that tells the kind (`assets`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from kota.city import City
from kota.errors import ConfigurationError, NotReadyError
from kota.model.terms import CLOCK
from kota.solutions.sewage.config import ControlConfig, read_config
from kota.solutions.sewage.network import Sewers
from kota.solutions.sewage.reading import read_sewers
from kota.solutions.sewage.terms import urn

MODEL: Final = "model.inp"
CONTROL: Final = "control.toml"
NETWORK: Final = urn("WasteWaterNetwork", "main")
"""The id of the system where there is one."""


@dataclass(frozen=True, slots=True)
class Site:
    """A system of sewers as Kota knows it.

    Args:
        model: path of the SWMM model.
        sewers: as read from it.
        config: what may be controlled.
    """

    model: Path
    sewers: Sewers
    config: ControlConfig


def site_of(city: City) -> Site:
    """The sewers of a city.

    Raises:
        NotReadyError: none were given yet.
        InputError, ConfigurationError: a file is wrong; names the place.
    """
    folder = city.folder
    if folder is None or not (folder / MODEL).exists():
        raise NotReadyError(
            "no model of the sewers yet",
            hint=f"put a SWMM model at DATA/solutions/sewage/{MODEL} and {CONTROL} beside it",
        )
    stamps = tuple(
        (folder / name).stat().st_mtime_ns if (folder / name).exists() else 0
        for name in (MODEL, CONTROL)
    )
    return _read(folder, stamps)


async def running_site(city: City) -> Site:
    """As `site_of`, once there is a clock to go by.

    Raises:
        NotReadyError: also while the plant that the sewers follow has not told its time.
    """
    site = site_of(city)
    network = await city.entity(NETWORK)
    follows = None if network is None else network.default(CLOCK)
    if follows is not None and getattr(city.clock, "plant", None) is None:
        raise NotReadyError("the plant has not told its time yet")
    return site


@lru_cache(maxsize=2)
def _read(folder: Path, _: tuple[int, ...]) -> Site:
    model, control = folder / MODEL, folder / CONTROL
    sewers = read_sewers(model)
    if control.exists():
        config = read_config(control)
    else:
        config = msgspec.convert(
            {"name": "sewers", "interval_s": 300, "actuators": [], "sensors": {}}, ControlConfig
        )
    _check(sewers, config, control)
    return Site(model, sewers, config)


def _check(sewers: Sewers, config: ControlConfig, where: Path) -> None:
    named = {
        "node": [*config.sensors.depths, *(one.id for one in config.storages)],
        "link": [*config.sensors.flows, *(one.id for one in config.actuators), *config.limits],
    }
    for kind, there in (("node", set(sewers.nodes)), ("link", set(sewers.links))):
        for name in named[kind]:
            if name not in there:
                raise ConfigurationError(f"{where} names {name!r}; the model has no such {kind}")


def toml(fields: Mapping[str, Any]) -> str:
    """The fields of a control configuration as TOML.

    >>> print(toml({"name": "x", "limits": {"main": 0.5}}))
    name = "x"
    limits = { "main" = 0.5 }
    <BLANKLINE>
    """
    return "".join(f"{name} = {_toml(value)}\n" for name, value in fields.items())


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f'"{key}" = {_toml(one)}' for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return msgspec.json.encode(value).decode()
