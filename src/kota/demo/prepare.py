"""The town at dawn, made once: base map, entities, a month of history."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from kota import __version__
from kota.clock import WallClock
from kota.context.ingest import Ingest, Patch
from kota.demo.basemap import basemap
from kota.demo.district import District, make_district
from kota.demo.entities import entities
from kota.demo.estimates import Row, estimates
from kota.demo.story import dawn
from kota.demo.streetlife import TownPlant, streetlife
from kota.demo.streetlife_past import streetlife_rows
from kota.demo.waterworks import Past, Waterworks, entity_of
from kota.model.entity import Attribute, Kind
from kota.model.instant import SECOND
from kota.model.jsonld import Context
from kota.model.quality import from_code
from kota.solution import Plant
from kota.solutions.water.instruments import Quantity
from kota.solutions.water.model import Setting
from kota.solutions.water.plant import WaterPlant
from kota.solutions.water.terms import CUBIC_METRE_PER_HOUR, KILOWATT, METRE
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState

Report = Callable[[str, float], None]
"""Is told what is being done and the share [0..1] of all that is done."""

BASEMAP: Final = "basemap.geojson"
PROFILES: Final = Path(__file__).parent / "profiles"
"""Device profiles of the town's own plant."""
_PLANT: Final = "plant.pickle"
_STAMP: Final = "stamp.json"
_RECIPE: Final = 3
_BATCH: Final = 2_000
_UNITS: Final[dict[Quantity, str]] = {
    "pressure": METRE,
    "supply": CUBIC_METRE_PER_HOUR,
    "flow": CUBIC_METRE_PER_HOUR,
    "level": METRE,
    "power": KILOWATT,
}


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

    def setting(self) -> Setting:
        """The water plant as it stands at midnight."""
        setting: Setting = pickle.loads((self.folder / _PLANT).read_bytes())
        return setting

    def lay_out(self, data: Path) -> None:
        """Make a data folder that holds the town at dawn; what was in it is lost."""
        for old in data.glob("*"):
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink()
        shutil.copytree(self.folder / "data", data, dirs_exist_ok=True)

    async def make(self, names: Context, report: Report) -> None:
        """Make it; takes about half a minute.

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
        works = Waterworks(district, seed=self.seed)
        past, tonight = works.past(lambda share: report("playing a month", 0.35 + 0.3 * share))
        report("stating what was known", 0.65)
        stated = [
            *estimates(works.fitted.network, past, dawn()),
            *streetlife_rows(seed=self.seed),
        ]
        report("writing history", 0.75)
        await _store(data, names, _patches(district, works, names), past, stated)
        (self.folder / _PLANT).write_bytes(pickle.dumps(tonight))
        (self.folder / _STAMP).write_bytes(msgspec.json.encode(self._stamp))
        report("ready", 1.0)


def _patches(district: District, works: Waterworks, names: Context) -> list[Patch]:
    return [
        *entities(district, names, works.supplied()),
        *works.assets(names),
        *streetlife(district, names),
    ]


async def _store(
    data: Path, names: Context, patches: Sequence[Patch], past: Past, stated: Sequence[Row]
) -> None:
    """Write state and history through the stores, and close them clean."""
    clock = WallClock()
    state = SqliteState(data, clock)
    history = DuckHistory(data)
    await state.open()
    await history.open()
    drain = Drain(state.journal, history)
    await drain.start()
    try:
        types = {patch.entity_id: patch.types for patch in patches}
        await history.load(_table(names, past, stated), types=types, now=clock.now())
        ingest = Ingest(state, clock)
        for some in _batches([*patches, *_newest(names, past, stated, types)]):
            await ingest.observe(some)
    finally:
        await drain.close()
        await history.close()
        await state.close()


def _table(names: Context, past: Past, stated: Sequence[Row]) -> pa.Table:
    """Readings and statements, without the newest of each series, which come with the state."""
    pieces = [_column(names, past, k) for k in range(len(past.sensors))]
    pieces += _statement_columns(names, stated)
    return pa.concat_tables([piece for piece in pieces if piece is not None])


def _column(names: Context, past: Past, k: int) -> pa.Table | None:
    sensor = past.sensors[k]
    if sensor.quantity not in _UNITS:
        return None
    heard = np.flatnonzero(past.heard[:, k])[:-1]
    return _rows(
        entity_of(sensor),
        names.expand(sensor.quantity),
        past.times[heard] * SECOND,
        past.values[heard, k],
        (_UNITS[sensor.quantity], 0),
    )


def _statement_columns(names: Context, stated: Iterable[Row]) -> list[pa.Table]:
    grouped: dict[tuple[str, str, str, int], list[tuple[int, float]]] = {}
    for entity_id, name, at, value, unit, quality in stated:
        grouped.setdefault((entity_id, name, unit, quality), []).append((at, value))
    tables = []
    for (entity_id, name, unit, quality), rows in grouped.items():
        times, values = np.array(rows[:-1]).reshape(-1, 2).T
        kind = (unit, quality)
        tables.append(_rows(entity_id, names.expand(name), times.astype(np.int64), values, kind))
    return tables


def _rows(entity_id: str, attribute: str, at: Any, value: Any, kind: tuple[str, int]) -> pa.Table:
    count = len(at)
    unit, quality = kind
    return pa.table(
        {
            "entity_id": pa.repeat(entity_id, count),
            "attribute": pa.repeat(attribute, count),
            "observed_at": pa.array(at, pa.int64()),
            "number": pa.array(value, pa.float64()),
            "unit": pa.repeat(unit, count),
            "quality": pa.repeat(pa.scalar(quality, pa.uint8()), count),
        }
    )


def _newest(
    names: Context, past: Past, stated: Sequence[Row], types: dict[str, tuple[str, ...]]
) -> list[Patch]:
    """The newest reading of each sensor and the newest of each statement, for the state."""
    newest: dict[tuple[str, str], Attribute] = {}
    for k, sensor in enumerate(past.sensors):
        heard = np.flatnonzero(past.heard[:, k])
        if not len(heard):
            continue
        value: float | str = float(past.values[heard[-1], k])
        if sensor.quantity == "status":
            value = "OPEN" if value else "CLOSED"
        at, unit = int(past.times[heard[-1]]) * SECOND, _UNITS.get(sensor.quantity)
        newest[entity_of(sensor), sensor.quantity] = Attribute(Kind.PROPERTY, value, at, unit)
    for entity_id, name, at, number, unit, code in stated:
        quality = from_code(code) if code else None
        newest[entity_id, name] = Attribute(Kind.PROPERTY, number, at, unit, quality=quality)
    return [
        Patch(entity_id, types[entity_id], {names.expand(name): (attribute,)})
        for (entity_id, name), attribute in newest.items()
    ]


def _batches(patches: Sequence[Patch]) -> Iterable[Sequence[Patch]]:
    return (patches[k : k + _BATCH] for k in range(0, len(patches), _BATCH))


def plants_of(prepared: Prepared, *, speed: float) -> list[Plant]:
    """The plants of the prepared town, at dawn."""
    town = TownPlant(prepared.seed, dawn(), speed)
    return [WaterPlant(prepared.setting(), dawn(), speed), town]
