"""The sewers of the town as a SWMM model, and what its controller is told.

Elevations are made up with the sewers: they fall towards the pumps, and the ground lies as far
above them as sewers lie deep. What is kept from practice is how they are sized: pipes for a storm
that comes every second year, tanks in the flow with a gate below and a weir to the river above,
gates that are open unless somebody closes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from kota.demo.district import District
from kota.demo.district.place import Floats
from kota.demo.sewer_laying import PUMPS, Laid, lay
from kota.demo.sewer_sizing import ROUGHNESS, SPARE, THROTTLE, sizes

GAUGE: Final = "gauge"
WELL, MAIN, WORKS, SPILL = "well", "main", "works", "spill"
_RISE: Final = "rise"
"""Where the pumps lift the water to; from there it runs to the works."""
PUMP_NAMES: Final = ("P1", "P2")

_COVER = 1.3
_INLET = 1.6
"""So far above its bottom the sewers enter a tank [m]."""
_WELL_BELOW = 2.6
_WELL_AREA = 60.0
_TANK_M3_PER_HA = 240.0
_GROUND_WATER = 0.35
"""Water that seeps into the sewers, as a share of the sewage."""
_ROOM = (1.4, 0.7, 1.1, 0.8, 1.3, 0.9, 0.6, 1.5, 1.0)
"""Where there was room a tank was built larger than its land asks for, elsewhere smaller."""
OPEN: Final = 0.35
"""The furthest that gates are opened by control: wide open they let more out than sewers take."""
_LIFTED = 5.5
"""Of the works above the lowest manhole [m]."""
_CREST = 0.86
"""Height of a tank's weir, as a share of its depth."""
_SEEPAGE = 2e-5
"""And so much from each hectare [m³/s]."""
_BANK_M = 14.0
_HOURS = (
    "0.45 0.35 0.3 0.3 0.4 0.8 1.5 1.9 1.6 1.2 1.1 1.1 "
    "1.2 1.1 1.0 1.0 1.1 1.3 1.5 1.6 1.4 1.1 0.8 0.6"
)


@dataclass(frozen=True, slots=True)
class Sewerage:
    """The town's sewers.

    Args:
        laid: the tree of streets that they follow.
        text: the SWMM model.
        control: what the controller is told; fields of `ControlConfig`.
        titles: names for people, by id in the model.
    """

    laid: Laid
    text: str
    control: dict[str, Any]
    titles: dict[str, str]


def sewerage(district: District) -> Sewerage:
    """Lay and size the sewers of a district.

    Args:
        district: the town.
    """
    return _Builder(district, lay(district)).build()


class _Builder:
    def __init__(self, district: District, laid: Laid) -> None:
        self._district, self._laid = district, laid
        self._at: Floats = district.streets.nodes
        self._tank = {node: k for k, node in enumerate(laid.tanks, start=1)}
        self._size = sizes(laid)
        self._invert = self._inverts()
        self._sealed = laid.total(laid.area * laid.impervious)
        self._sealed_here = laid.held()

    def build(self) -> Sewerage:
        text = "\n".join(
            [
                "[TITLE]",
                "Sewers of the demonstration's town; an invented system.",
                "",
                *_section("OPTIONS", _OPTIONS),
                *_section("RAINGAGES", [(GAUGE, "INTENSITY", "0:10", 1.0, "TIMESERIES", "dry")]),
                *_section("TIMESERIES", [("dry", "0:00", 0), ("dry", "48:00", 0)]),
                *self._land(),
                *_section("JUNCTIONS", self._junctions()),
                *_section("OUTFALLS", self._outfalls()),
                *_section("STORAGE", self._storage()),
                *_section("CONDUITS", self._conduits()),
                *_section(
                    "PUMPS",
                    [(name, WELL, _RISE, "lift", "ON", *_LEVELS[name]) for name in PUMP_NAMES],
                ),
                *_section("ORIFICES", self._gates()),
                *_section("WEIRS", self._weirs()),
                *_section("XSECTIONS", self._cross_sections()),
                *_section("CURVES", _LIFT),
                *_section("DWF", self._sewage()),
                *_section("INFLOWS", self._seepage()),
                *_section("PATTERNS", _pattern()),
                *_section("COORDINATES", self._coordinates()),
                *_section("VERTICES", self._vertices()),
            ]
        )
        return Sewerage(self._laid, text + "\n", self._control(), self._titles())

    def _name(self, node: int) -> str:
        """Where the sewers of a crossing meet: its tank, or its manhole."""
        return f"T{self._tank[node]}" if node in self._tank else f"M{node}"

    def _outlet(self, node: int) -> str:
        """Where the sewer that leads on from a crossing begins: below the gate of a tank."""
        return f"X{self._tank[node]}" if node in self._tank else f"M{node}"

    def _inverts(self) -> dict[int, float]:
        """Elevation of the bottom of the sewer that leads on from each crossing [m]."""
        root = self._laid.root
        inverts = {root: -2.4}
        for node in reversed(self._laid.order[:-1]):
            below = self._laid.down[node]
            foot = self._entry(below, inverts)
            inverts[node] = foot + self._slope(node) * self._length(node)
        return inverts

    def _entry(self, node: int, inverts: dict[int, float]) -> float:
        """Elevation at which sewers enter a crossing [m]."""
        return inverts[node] + (0.1 + _INLET if node in self._tank else 0.0)

    def _length(self, node: int) -> float:
        return max(float(self._laid.way[node].length), 8.0)

    def _slope(self, node: int) -> float:
        return 0.005 if self._size[node] < 0.5 else 0.003 if self._size[node] < 1.0 else 0.002

    def _deepest(self, node: int) -> float:
        """The largest sewer at a crossing [m]."""
        above = [self._size[k] for k, below in enumerate(self._laid.down) if below == node]
        return max([*above, self._size[node]])

    def _land(self) -> list[str]:
        nodes = [node for node in self._laid.order if self._laid.area[node] > 0]
        areas, under, soak = [], [], []
        for node in nodes:
            area = float(self._laid.area[node])
            share = 100 * float(self._laid.impervious[node])
            width = 1.5 * math.sqrt(area * 1e4)
            name = f"C{node}"
            areas.append((name, GAUGE, self._name(node), area, share, width, 0.6, 0))
            under.append((name, 0.014, 0.2, 1.2, 4.0, 30, "OUTLET"))
            soak.append((name, 60.0, 8.0, 4, 5, 0))
        return [
            *_section("SUBCATCHMENTS", areas),
            *_section("SUBAREAS", under),
            *_section("INFILTRATION", soak),
        ]

    def _junctions(self) -> Iterable[Sequence[object]]:
        for node in self._laid.order:
            if node not in self._tank:
                depth = self._deepest(node) + _COVER
                yield f"M{node}", self._invert[node], depth, 0, 0, 0
        for node, k in self._tank.items():
            yield f"X{k}", self._invert[node], self._size[node] + _COVER + 1.0, 0, 0, 0
        yield _RISE, self._invert[self._laid.root] + _LIFTED, 3.0, 0, 0, 0

    def _outfalls(self) -> Iterable[Sequence[object]]:
        for node, k in self._tank.items():
            yield f"R{k}", self._invert[node] + 1.0, "FREE", "NO"
        yield SPILL, self._invert[self._laid.root], "FREE", "NO"
        yield WORKS, self._invert[self._laid.root] + _LIFTED - 0.3, "FREE", "NO"

    def _storage(self) -> Iterable[Sequence[object]]:
        for node, k in self._tank.items():
            depth = self._tank_depth(node)
            area = self._volume(node) / depth
            yield f"T{k}", self._invert[node] + 0.1, depth, 0, "FUNCTIONAL", 0, 0, area, 0, 0
        bottom = self._invert[self._laid.root] - _WELL_BELOW
        yield WELL, bottom, _WELL_BELOW + 3.2, 0.6, "FUNCTIONAL", 0, 0, _WELL_AREA, 0, 0

    def _volume(self, node: int) -> float:
        """Of a tank up to the ground [m³]."""
        room = _ROOM[(self._tank[node] - 1) % len(_ROOM)]
        return _TANK_M3_PER_HA * room * float(self._sealed_here[node])

    def _tank_depth(self, node: int) -> float:
        return _INLET + self._deepest(node) + _COVER

    def _conduits(self) -> Iterable[Sequence[object]]:
        for node in self._laid.order[:-1]:
            below = self._laid.down[node]
            enter = _INLET if below in self._tank else 0
            ends = self._outlet(node), self._name(below)
            yield f"S{node}", *ends, self._length(node), ROUGHNESS, 0, enter, 0, 0
        root = f"M{self._laid.root}"
        yield MAIN, root, WELL, 25.0, ROUGHNESS, 0, _WELL_BELOW - 0.1, 0, 0
        yield "out", _RISE, WORKS, 60.0, ROUGHNESS, 0, 0, 0, 0

    def _gates(self) -> Iterable[Sequence[object]]:
        for k in self._tank.values():
            yield f"G{k}", f"T{k}", f"X{k}", "BOTTOM", 0, 0.65, "NO", 0.05

    def _weirs(self) -> Iterable[Sequence[object]]:
        for node, k in self._tank.items():
            crest = _CREST * self._tank_depth(node)
            yield f"O{k}", f"T{k}", f"R{k}", "TRANSVERSE", crest, 1.8, "NO", 0, 0, "YES"
        yield "O0", WELL, SPILL, "TRANSVERSE", _WELL_BELOW + 1.9, 1.8, "NO", 0, 0, "YES"

    def _cross_sections(self) -> Iterable[Sequence[object]]:
        for node in self._laid.order[:-1]:
            yield f"S{node}", "CIRCULAR", self._size[node], 0, 0, 0, 1
        yield MAIN, "CIRCULAR", self._size[self._laid.root], 0, 0, 0, 1
        yield "out", "CIRCULAR", 1.0, 0, 0, 0, 1
        for node, k in self._tank.items():
            side = round(math.sqrt(4.0 * self._throttle(node) / 3.2), 2)
            yield f"G{k}", "RECT_CLOSED", side, side, 0, 0
            yield f"O{k}", "RECT_OPEN", 1.2, 7.0, 0, 0
        yield "O0", "RECT_OPEN", 1.2, 5.0, 0, 0

    def _throttle(self, node: int) -> float:
        """What the sewers below are meant to take from a tank [m³/s]."""
        return THROTTLE * float(self._sealed[node])

    def _sewage(self) -> Iterable[Sequence[object]]:
        for node in self._laid.order:
            flow = float(self._laid.sewage[node])
            if flow > 0:
                yield self._name(node), "FLOW", flow, '"hours"'

    def _seepage(self) -> Iterable[Sequence[object]]:
        """Ground water that finds its way in, the same at all hours."""
        for node in self._laid.order:
            seeped = _GROUND_WATER * float(self._laid.sewage[node])
            seeped += _SEEPAGE * float(self._laid.area[node])
            if seeped > 0:
                yield self._name(node), "FLOW", '""', "FLOW", 1.0, 1.0, seeped

    def _coordinates(self) -> Iterable[Sequence[object]]:
        for node in self._laid.order:
            yield self._name(node), *self._at[node]
        for node, k in self._tank.items():
            yield f"X{k}", *self._along(node, 4.0)
            yield f"R{k}", *self._bank(self._at[node])
        yield WELL, *PUMPS
        yield SPILL, *self._bank(np.array(PUMPS))
        yield _RISE, PUMPS[0] + 8.0, PUMPS[1] + 6.0
        yield WORKS, PUMPS[0] + 45.0, PUMPS[1] + 35.0

    def _along(self, node: int, metres: float) -> tuple[float, float]:
        point = shapely.line_interpolate_point(self._laid.way[node], metres)
        return float(point.x), float(point.y)

    def _bank(self, at: Floats) -> tuple[float, float]:
        """The nearest place in the river, the sea or the lake [m]."""
        terrain = self._district.terrain
        water = shapely.union_all([terrain.river, terrain.sea, terrain.lake])
        shore = shapely.shortest_line(shapely.Point(at), water)
        towards = np.array(shore.coords[1]) - at
        reach = max(float(np.hypot(*towards)), 1e-6)
        x, y = at + towards * (1 + _BANK_M / reach)
        return float(x), float(y)

    def _vertices(self) -> Iterable[Sequence[object]]:
        for node in self._laid.order[:-1]:
            for x, y in list(self._laid.way[node].simplify(0.5).coords)[1:-1]:
                yield f"S{node}", x, y

    def _control(self) -> dict[str, Any]:
        tanks = list(self._tank.items())
        total = THROTTLE * float(self._sealed[self._laid.root])
        return {
            "name": "Kuala Lestari",
            "interval_s": 300,
            "actuators": [
                {"id": f"G{k}", "kind": "orifice", "from": f"T{k}", "to": f"X{k}", "max": OPEN}
                for _, k in tanks
            ],
            "sensors": {
                "depths": [*(f"T{k}" for _, k in tanks), WELL],
                "flows": [MAIN, *(f"G{k}" for _, k in tanks)],
            },
            "storages": [
                {
                    "id": f"T{k}",
                    "max_depth": round(_CREST * self._tank_depth(node), 3),
                    "volume": round(_CREST * self._volume(node), 1),
                }
                for node, k in tanks
            ],
            "limits": {
                MAIN: round(total, 3),
                **{f"G{k}": round(SPARE * self._throttle(node), 3) for node, k in tanks},
            },
            "objectives": [
                {"kind": "flooding"},
                {"kind": "cso", "ids": [*(f"R{k}" for _, k in tanks), SPILL]},
                {"kind": "limit", "ids": [MAIN]},
            ],
        }

    def _titles(self) -> dict[str, str]:
        titles = {WELL: "Pumping station", MAIN: "Main sewer", WORKS: "Treatment works"}
        titles |= {SPILL: "Overflow at the pumps", "O0": "Weir at the pumps"}
        for node, k in self._tank.items():
            street = self._street(node)
            titles |= {
                f"T{k}": f"Storage {k} {street}",
                f"G{k}": f"Gate {k} {street}",
                f"O{k}": f"Weir {k} {street}",
                f"R{k}": f"Overflow {k} {street}",
            }
        return titles

    def _street(self, node: int) -> str:
        """The name of the widest street at a crossing."""
        meeting = [s for s in self._district.streets.streets if node in (s.start, s.end)]
        return max(meeting, key=lambda street: street.width).name


def _section(name: str, rows: Iterable[Sequence[object]]) -> list[str]:
    written = [" ".join(_word(word) for word in row) for row in rows]
    return [f"[{name}]", *written, ""]


def _word(word: object) -> str:
    return f"{word:.6g}" if isinstance(word, float) else str(word)


def _pattern() -> Iterable[Sequence[object]]:
    numbers = _HOURS.split()
    yield "hours", "HOURLY", *numbers[:12]
    yield "hours", *numbers[12:]


_OPTIONS = (
    ("FLOW_UNITS", "CMS"),
    ("INFILTRATION", "HORTON"),
    ("FLOW_ROUTING", "DYNWAVE"),
    ("LINK_OFFSETS", "DEPTH"),
    ("START_DATE", "11/28/2025"),
    ("START_TIME", "00:00:00"),
    ("REPORT_START_DATE", "11/28/2025"),
    ("REPORT_START_TIME", "00:00:00"),
    ("END_DATE", "11/29/2025"),
    ("END_TIME", "12:00:00"),
    ("WET_STEP", "00:02:00"),
    ("DRY_STEP", "00:05:00"),
    ("REPORT_STEP", "00:15:00"),
    ("ROUTING_STEP", "0:00:15"),
    ("LENGTHENING_STEP", "15"),
    ("VARIABLE_STEP", "0"),
    ("MIN_SURFAREA", "4"),
    ("MAX_TRIALS", "8"),
    ("HEAD_TOLERANCE", "0.0015"),
    ("THREADS", "1"),
    ("IGNORE_QUALITY", "YES"),
)
_LEVELS = {"P1": (1.3, 0.6), "P2": (1.9, 1.0)}
"""Depths of the well at which each pump starts and stops by itself [m]."""
_LIFT = (
    ("lift", "PUMP3", 0.0, 0.46),
    ("lift", 6.0, 0.36),
    ("lift", 9.0, 0.28),
    ("lift", 14.0, 0.0),
)
"""Head [m] and flow [m³/s] of each pump."""
