"""``kota water balance``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kota.errors import InputError

if TYPE_CHECKING:
    from kota.solutions.water.dma.report import Balance


def balance(
    network: Annotated[Path, typer.Option(help="EPANET input file.")],
    out: Annotated[Path, typer.Option(help="Folder to write: areas.csv, days.csv.")],
    scada: Annotated[
        Path | None, typer.Option(help="Folder with SCADA_Flows.csv, _Pressures.csv …")
    ] = None,
    connections: Annotated[Path | None, typer.Option(help="Table junction,connections.")] = None,
    price: Annotated[float, typer.Option(help="Of a cubic metre of water.")] = 0.8,
    night_use: Annotated[float, typer.Option(help="What a connection takes at night [L/h].")] = 1.7,
    propose: Annotated[
        int | None, typer.Option(help="Propose so many areas instead, with meters and valves.")
    ] = None,
) -> None:
    """Balance a network's areas: inflow, sold, night flow, leakage, ILI, cost; worst first.

    Areas are what the flow meters bound. With --propose, areas are cut where there are none:
    proposal.csv says which links to meter and which pipes to shut.
    """
    from rich.console import Console
    from rich.table import Table

    from kota.solutions.water.dma.report import PER_CONNECTION, Costs, balances
    from kota.solutions.water.estimate.scada import read_scada

    if propose is not None:
        _propose(network, propose, out)
        return
    if scada is None or not scada.is_dir():
        raise InputError(f"--scada {scada}: there is no such folder")
    readings = read_scada(scada)
    for notice in readings.notices:
        typer.echo(notice, err=True)
    told = None if connections is None else _connections(connections)
    if told is None:
        typer.echo(
            f"connections are not told: one for each {PER_CONNECTION} m³ a day is taken", err=True
        )
    found = balances(
        network, readings, connections=told, costs=Costs(water=price, night_use=night_use)
    )
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "areas.csv", [row_of(k, each) for k, each in enumerate(found, start=1)])
    _write(out / "days.csv", [row for each in found for row in days_of(each)])
    table = Table("", "area", "night flow m³/h", "leakage m³/d", "ILI", "cost so far", "NRW")
    for k, each in enumerate(found, start=1):
        unsold = each.unsold
        table.add_row(
            str(k),
            each.area.name,
            f"{each.night.middle[-1]:.1f}",
            f"{each.losses.leakage:.0f} ± {each.spread:.0f}",
            f"{each.losses.index:.1f}",
            f"{each.cost:,.0f}",
            "not known" if unsold is None else f"{unsold:.0%}",
        )
    Console().print(table)


def row_of(rank: int, found: Balance) -> dict[str, str | float]:
    """An area's line of the work list."""
    unsold = found.unsold
    works, lost = found.works, found.losses
    return {
        "rank": rank,
        "area": found.area.name,
        "meters": " ".join(found.area.inflow),
        "junctions": len(found.area.junctions),
        "mains_km": round(works.mains, 3),
        "connections": round(works.connections),
        "pressure_m": round(works.pressure, 2),
        "told": round(found.told, 3),
        "metered_share": round(found.covered, 3),
        "nrw_share": "" if unsold is None else round(unsold, 4),
        "leakage_m3_per_day": round(lost.leakage, 1),
        "leakage_std": round(found.spread, 1),
        "unavoidable_m3_per_day": round(lost.unavoidable, 1),
        "ili": round(lost.index, 2),
        "litres_per_connection_day": round(lost.per_connection, 1),
        "excess_m3_per_day": round(lost.excess, 1),
        "lost_so_far_m3": round(found.lost, 1),
        "cost_so_far": round(found.cost, 2),
    }


def days_of(found: Balance) -> list[dict[str, str | float]]:
    """An area's days."""
    from kota.solutions.water.estimate.scada import told

    rows: list[dict[str, str | float]] = []
    for k, day in enumerate(found.days.tolist()):
        values = {
            "inflow_m3": found.inflow[k],
            "sold_m3": found.sold[k],
            "night_fixed": found.night.fixed[k],
            "night_percentile": found.night.percentile[k],
            "night_moving": found.night.moving[k],
            "night_pooled": found.night.pooled[k],
        }
        row: dict[str, str | float] = {"area": found.area.name, "day": told(day)[:10]}
        row |= {n: "" if v != v else round(float(v), 2) for n, v in values.items()}
        rows.append(row)
    return rows


def _propose(network: Path, count: int, out: Path) -> None:
    from kota.solutions.water.dma.areas import propose
    from kota.solutions.water.inp import read_network

    read = read_network(network)
    found = propose(read, count)
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str | float]] = [{"link": name, "do": "meter"} for name in found.meter]
    rows += [{"link": name, "do": "shut"} for name in found.shut]
    _write(out / "proposal.csv", rows)
    inside = [(name, area.name) for area in found.areas for name in area.junctions]
    _write(out / "junctions.csv", [{"junction": name, "area": area} for name, area in inside])
    for area in found.areas:
        demand = sum(read.junctions[name].demand for name in area.junctions)
        typer.echo(
            f"{area.name}: {len(area.junctions)} junctions, {demand:.1f} m³/h, "
            f"meters {' '.join(area.inflow) or 'none'}"
        )
    typer.echo(f"{len(found.meter)} meters, {len(found.shut)} pipes to shut")


def _write(path: Path, rows: list[dict[str, str | float]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["nothing"])
        writer.writeheader()
        writer.writerows(rows)


def _connections(path: Path) -> dict[str, float]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    found: dict[str, float] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        head = [word.strip().lower() for word in next(rows, [])]
        if head != ["junction", "connections"]:
            raise InputError(f"{path} line 1: {','.join(head)!r}; expected junction,connections")
        for number, row in enumerate(rows, start=2):
            try:
                name, count = row[0].strip(), float(row[1])
            except (IndexError, ValueError) as error:
                raise InputError(
                    f"{path} line {number}: {','.join(row)!r}; expected J-1,12"
                ) from error
            if name in found or not 0 <= count < float("inf"):
                raise InputError(f"{path} line {number}: {name} is told twice or not by a count")
            found[name] = count
    return found
