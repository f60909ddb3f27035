"""The town at dawn, made once: base map, entities, a month of history."""

from __future__ import annotations

import pickle
import shutil
from asyncio import wrap_future
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa

from kota import __version__
from kota.clock import WallClock
from kota.config import SOLUTIONS
from kota.context.ingest import Ingest, Patch
from kota.demo.automation import leave_to_automation
from kota.demo.basemap import basemap
from kota.demo.district import District, make_district
from kota.demo.entities import entities
from kota.demo.estimates import estimates
from kota.demo.people import people_setting
from kota.demo.people_devices import device_entities, equipment
from kota.demo.people_past import people_past
from kota.demo.series import Series, series_of
from kota.demo.sewers import Past as SewerPast
from kota.demo.sewers import Sewerworks, heard_of, play_past
from kota.demo.sewers import measured as measured_in_sewers
from kota.demo.sewers import switched as switched_in_sewers
from kota.demo.story import OFFSET_S, dawn, midnight
from kota.demo.water_past import measured, opened, switched
from kota.demo.waterworks import Waterworks
from kota.demo.weather import TownPlant, rain_forecast, station, weather_past
from kota.model.instant import SECOND
from kota.model.jsonld import Context
from kota.solution import Plant
from kota.solutions.people_flow.pedestrians.plant import PeoplePlant
from kota.solutions.sewage.model import Setting as SewageSetting
from kota.solutions.sewage.plant import SewagePlant
from kota.solutions.water.model import Setting
from kota.solutions.water.outlook.standing import MODEL
from kota.solutions.water.plant import WaterPlant
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState

Report = Callable[[str, float], None]
"""Is told what is being done and the share [0..1] of all that is done."""

BASEMAP: Final = "basemap.geojson"
PROFILES: Final = Path(__file__).parent / "profiles"
RULES: Final = Path(__file__).parent / "rules"
"""Device profiles of the town's own plant."""
_WATER: Final = "water.pickle"
_PEOPLE: Final = "people.pickle"
_SEWAGE: Final = "sewage.pickle"
_STAMP: Final = "stamp.json"
_RECIPE: Final = 10
_BATCH: Final = 2_000
GATES: Final = "WasteWaterGate"
"""What moves by itself from dawn on: a person can take any of them in hand."""


class Prepared:
    """A folder with the town as it is at dawn.

    Args:
        folder: where it is or shall be.
        seed: of the town.
    """

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.folder = folder
        self.seed = seed
        self._stamp = {"version": __version__, "recipe": _RECIPE, "seed": seed}

    @property
    def ready(self) -> bool:
        """Whether it was made, completely, by this version and from this seed."""
        try:
            stamp = msgspec.json.decode((self.folder / _STAMP).read_bytes())
        except (OSError, msgspec.DecodeError):
            return False
        return bool(stamp == self._stamp)

    def plants(self, *, speed: float) -> list[Plant]:
        """The plants of the town, at dawn.

        Args:
            speed: plant seconds in a second.
        """
        water: Setting = pickle.loads((self.folder / _WATER).read_bytes())
        sewage: SewageSetting = pickle.loads((self.folder / _SEWAGE).read_bytes())
        people: PeoplePlant = pickle.loads((self.folder / _PEOPLE).read_bytes())
        return [
            WaterPlant(water, dawn(), speed),
            replace(people, speed=speed),
            SewagePlant(sewage, dawn(), speed),
            TownPlant(self.seed, dawn(), speed),
        ]

    def lay_out(self, data: Path) -> None:
        """Make a data folder that holds the town at dawn; what was in it is lost."""
        for old in data.glob("*"):
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink()
        shutil.copytree(self.folder / "data", data, dirs_exist_ok=True)

    async def make(self, names: Context, report: Report) -> None:
        """Make it; takes less than a minute.

        Args:
            names: the Kota context with the solutions' terms.
            report: is told how far it is.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        data = self.folder / "data"
        data.mkdir(parents=True)
        report("drawing the town", 0.0)
        district = make_district(self.seed)
        (data / BASEMAP).write_bytes(msgspec.json.encode(basemap(district)))
        report("laying its pipes", 0.25)
        sewers = Sewerworks(district, seed=self.seed)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            sewer_past = pool.submit(play_past, sewers)
            await self._make(names, report, district, sewers, sewer_past)

    async def _make(
        self,
        names: Context,
        report: Report,
        district: District,
        sewers: Sewerworks,
        sewer_past: Future[SewerPast],
    ) -> None:
        """Make the rest while the sewers are played in a process of their own."""
        data = self.folder / "data"
        works = Waterworks(district, seed=self.seed)
        past, tonight = works.past(lambda share: report("playing a month", 0.35 + 0.3 * share))
        setting = people_setting(district, seed=self.seed)
        people = PeoplePlant(
            setting, equipment(district, setting), midnight() // SECOND, dawn(), OFFSET_S
        )
        said = [
            *measured(past),
            *series_of(estimates(works.fitted.network, past, dawn())),
            *people_past(
                setting,
                people.equipment,
                lambda share: report("letting people walk", 0.65 + 0.1 * share),
            ),
            *weather_past(seed=self.seed),
        ]
        drained = await wrap_future(sewer_past)
        said += measured_in_sewers(drained)
        report("writing history", 0.75)
        patches = [
            *entities(district, names, works.supplied()),
            *works.assets(names),
            *device_entities(district, setting, people.equipment, names),
            station(names),
            rain_forecast(names),
            *sewers.assets(names, heard=heard_of(drained.sensors)),
        ]
        types = {patch.entity_id: patch.types for patch in patches}
        patches += switched(past, names, types)
        patches += switched_in_sewers(drained, names, types)
        sewers.write_site(data / SOLUTIONS / "sewage")
        patches += opened(works.valves, names)
        gates = [one.entity_id for one in patches if one.types == (names.expand(GATES),)]
        await _store(data, names, patches, said, automatic=gates)
        model = data / SOLUTIONS / "water" / MODEL
        model.parent.mkdir(parents=True, exist_ok=True)
        works.write_model(model)
        (self.folder / _WATER).write_bytes(pickle.dumps(tonight))
        (self.folder / _SEWAGE).write_bytes(pickle.dumps(sewers.tonight(drained)))
        (self.folder / _PEOPLE).write_bytes(pickle.dumps(people))
        (self.folder / _STAMP).write_bytes(msgspec.json.encode(self._stamp))
        report("ready", 1.0)


async def _store(
    data: Path,
    names: Context,
    patches: Sequence[Patch],
    said: Sequence[Series],
    *,
    automatic: Sequence[str],
) -> None:
    """Write state and history through the stores, and close them clean.

    Some actuators are left to automatic control from the beginning.
    """
    clock = WallClock()
    state = SqliteState(data, clock)
    history = DuckHistory(data)
    await state.open()
    await history.open()
    drain = Drain(state.journal, history)
    await drain.start()
    try:
        types = {patch.entity_id: patch.types for patch in patches}
        past = pa.concat_tables([one.past(names) for one in said])
        await history.load(past, types=types, now=clock.now())
        newest = [one.newest(names, types[one.entity_id]) for one in said]
        ingest = Ingest(state, clock)
        for some in _batches([*patches, *newest]):
            await ingest.observe(some)
        await leave_to_automation(state, automatic, clock.now())
    finally:
        await drain.close()
        await history.close()
        await state.close()


def _batches(patches: Sequence[Patch]) -> Iterable[Sequence[Patch]]:
    return (patches[k : k + _BATCH] for k in range(0, len(patches), _BATCH))
