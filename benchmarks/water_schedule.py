"""What pumps cost by schedule, against the controls as shipped: three networks, and other days.

python -m benchmarks.water_schedule [--effort E] [--only van_zyl|richmond|net3] [--nominal]

Van Zyl's network lies in ``../shared/data`` (or under ``KOTA_SHARED``), Richmond's skeleton comes
with epyt (``pip install --no-deps epyt``, or ``KOTA_RICHMOND`` names the file), Net3 with WNTR. The
written file is priced by two EPANETs: that of owa-epanet, in which Kota searched, and that of WNTR.
On a machine that is shared a higher ``--time-limit`` lets the effort, not the clock, end a search.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.report import emit, machine
from kota.solutions.water.inp import net3
from kota.solutions.water.schedule.document import Document
from kota.solutions.water.schedule.planning import work
from kota.solutions.water.schedule.replay import replay
from kota.solutions.water.schedule.reporting import report
from kota.solutions.water.schedule.request import Request
from kota.solutions.water.schedule.tariff import Tariff

SHARED = Path(os.environ.get("KOTA_SHARED", Path(__file__).parents[1].parent / "shared"))
ANCHORS = {"van_zyl": 410.92, "richmond": 12_118.08, "net3": 300.30}
NIGHT = Tariff((0, 6 * 3600, 22 * 3600), (0.05, 0.15, 0.05))
PEAKS = Tariff(tuple(hour * 3600 for hour in (0, 7, 10, 17, 20)), (0.08, 0.20, 0.12, 0.30, 0.08))
FLAT = Tariff.flat(0.10)


def networks() -> Iterator[tuple[str, Path]]:
    """The files that are there; those that are not are named."""
    found = find_spec("epyt")
    places = list(found.submodule_search_locations or ()) if found else []
    skeleton = "networks/exeter-benchmarks/Richmond_skeleton.inp"
    richmond = os.environ.get("KOTA_RICHMOND", f"{places[0] if places else 'epyt'}/{skeleton}")
    for name, path in (
        ("van_zyl", SHARED / "data" / "water" / "van_zyl_2004.inp"),
        ("richmond", Path(richmond)),
        ("net3", net3()),
    ):
        if path.is_file():
            yield name, path
        else:
            print(f"{name}: there is no {path}: it is left out", file=sys.stderr)


def days(name: str) -> Iterator[tuple[str, Tariff | None, float]]:
    """The day as it is, other demands, and two other tariffs."""
    usual = FLAT if name == "net3" else None
    yield "", usual, 1.0
    yield ".demand_0.9", usual, 0.9
    yield ".demand_1.1", usual, 1.1
    yield ".night", NIGHT, 1.0
    yield ".peaks", PEAKS, 1.0


def priced_by_wntr(document: Document, folder: Path) -> float:
    """A day's cost in the energy report of the EPANET that WNTR brings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from wntr.epanet.toolkit import runepanet

        path = folder / "again.inp"
        lines = ("SUMMARY NO", "STATUS NO", "ENERGY YES")
        document.appended("REPORT", lines).write(path)
        runepanet(str(path), str(folder / "again.rpt"), str(folder / "again.bin"))
    match = re.search(r"Total Cost:\s*([\d.]+)", (folder / "again.rpt").read_text("latin-1"))
    return float(match[1]) if match else float("nan")


def measure(name: str, path: Path, options: argparse.Namespace) -> None:
    """Print the figures of one network."""
    for day, tariff, factor in days(name):
        if day and options.nominal:
            return
        effort = options.effort if not day else options.effort * options.others
        asked = Request(
            path,
            tariff=tariff,
            demand_factor=factor,
            seed=options.seed,
            effort=effort,
            time_limit=options.time_limit,
        )
        began, used = time.perf_counter(), time.process_time()
        outcome, asked, others = work(asked)
        seconds, used = time.perf_counter() - began, time.process_time() - used
        plan = report(outcome, asked, others)
        figure = f"water.schedule.{name}{day}"
        with tempfile.TemporaryDirectory() as folder:
            outcome.document.write(Path(folder) / "controlled.inp")
            played = replay(Path(folder) / "controlled.inp")
            again = priced_by_wntr(outcome.document, Path(folder))
        goal = "10 % below"
        emit(f"{figure}.cost", played.cost, "a day", floor=plan.cost.shipped, goal=goal)
        emit(f"{figure}.cost_by_wntr", again, "a day", floor=played.cost)
        emit(f"{figure}.saving", plan.cost.saving, "")
        emit(f"{figure}.saving_with_water", plan.cost.saving_with_water, "")
        ends = min(tank.end - tank.start for tank in plan.tanks)
        emit(f"{figure}.least_gain_of_a_tank", ends, "m", goal="0 or more")
        usual = outcome.shipped.played
        emit(f"{figure}.least_pressure", played.least[0], "m", floor=usual.least[0])
        worse = min(played.pressures[k] - usual.pressures[k] for k in usual.pressures)
        emit(f"{figure}.least_gain_of_pressure", worse, "m")
        starts = float(sum(pump.starts for pump in plan.pumps))
        emit(f"{figure}.starts", starts, "", floor=float(sum(p.starts_shipped for p in plan.pumps)))
        emit(f"{figure}.seconds", seconds, "s", goal="120 s")
        emit(f"{figure}.processor", used, "s")
        if not day:
            emit(f"{figure}.anchor", plan.cost.shipped, "a day", floor=ANCHORS[name])


def main() -> None:
    """Print the figures as JSON lines."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--effort", type=float, default=60.0, help="of the search, as it is")
    options.add_argument("--others", type=float, default=0.5, help="share of it on other days")
    options.add_argument("--time-limit", type=float, default=110.0, help="seconds of each search")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only", choices=tuple(ANCHORS))
    options.add_argument("--nominal", action="store_true", help="no other days")
    chosen = options.parse_args()
    print(machine(), file=sys.stderr)
    for name, path in networks():
        if chosen.only in (None, name):
            measure(name, path, chosen)


if __name__ == "__main__":
    main()
