"""Takes messages in until it is killed: ``python crashing.py BROKER_URL FOLDER``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from kota.clock import WallClock
from kota.connect.devices import Devices
from kota.connect.intake import Intake
from kota.connect.mqtt import MqttConnector
from kota.connect.plant_clocks import PlantClocks
from kota.connect.profile import parse_profile
from kota.connect.router import Router
from kota.connect.toml_source import TomlSource
from kota.context.ingest import Ingest
from kota.model.jsonld import kota_context
from kota.store.state.sqlite import SqliteState

OPEN = (
    'admit = "any"\ntopic = "/{apikey}/{device}/attrs"\n[entity]\ntype = "Pump"\n'
    '[[attribute]]\nname = "power"\nunit = "KWT"\n'
)


async def main(url: str, folder: Path) -> None:
    """Run until killed."""
    wall = WallClock()
    store = SqliteState(folder, wall)
    await store.open()
    made = parse_profile(TomlSource(Path("open.toml"), OPEN), kota_context())
    intake = Intake(
        Router([made], Devices(store, wall)),
        Ingest(store, wall),
        received=store.received,
        clocks=PlantClocks(wall),
    )
    connector = MqttConnector(url, client_id="crashing", intake=intake)
    await asyncio.gather(intake.run(), connector.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
