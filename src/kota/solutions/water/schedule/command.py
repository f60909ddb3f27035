"""``kota water schedule``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kota.solutions.water.schedule.plan import Plan
    from kota.solutions.water.schedule.tariff import Tariff


def schedule(
    network: Annotated[Path, typer.Option(help="EPANET input file.")],
    out: Annotated[Path | None, typer.Option(help="Write the plan as JSON.")] = None,
    inp_out: Annotated[
        Path | None, typer.Option(help="Write the network with the schedule as its controls.")
    ] = None,
    hours: Annotated[float, typer.Option(help="How far ahead.")] = 24.0,
    tariff: Annotated[
        Path | None, typer.Option(help="Table: from,price (07:00,0.12), for all pumps.")
    ] = None,
    price: Annotated[float | None, typer.Option(help="One price of a kWh at all times.")] = None,
    demand_factor: Annotated[float, typer.Option(help="Multiplies all demands.")] = 1.0,
    keep: Annotated[
        list[str] | None, typer.Option(help="Pump that is left to its own controls.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of chance.")] = 0,
    effort: Annotated[
        float, typer.Option(help="Of the search; about seconds of an ordinary core at most.")
    ] = 60.0,
    time_limit: Annotated[float, typer.Option(help="Seconds, whatever the effort.")] = 110.0,
    json: Annotated[bool, typer.Option("--json", help="Write the plan to the output.")] = False,
) -> None:
    """Say when pumps should run, for the least cost of energy."""
    import msgspec

    from kota.solutions.water.schedule.planning import work
    from kota.solutions.water.schedule.reporting import report
    from kota.solutions.water.schedule.request import Request

    asked = Request(
        network=network,
        hours=hours,
        tariff=_tariff(tariff, price),
        demand_factor=demand_factor,
        keep=frozenset(keep or ()),
        seed=seed,
        effort=effort,
        time_limit=time_limit,
    )
    with _Progress() as progress:
        outcome, asked, others = work(asked, progress.show)
    plan = report(outcome, asked, others)
    if inp_out is not None:
        outcome.document.write(inp_out)
    if out is not None:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
    if json:
        typer.echo(msgspec.json.encode(plan).decode())
    else:
        _show(plan)


class _Progress:
    """A bar on the error output, since a search takes more than two seconds."""

    def __enter__(self) -> _Progress:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("searching", total=1.0)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, share: float, cost: float | None) -> None:
        words = "searching" if cost is None else f"searching, {cost:,.2f} so far"
        self._bar.update(self._task, completed=share, description=words)


def _tariff(path: Path | None, price: float | None) -> Tariff | None:
    from math import isfinite

    from kota.errors import InputError
    from kota.solutions.water.schedule.tariff import Tariff

    if path is not None and price is not None:
        raise InputError("both --tariff and --price are given", hint="give one of them")
    if path is not None:
        return Tariff.read(path)
    if price is None:
        return None
    if not isfinite(price) or price <= 0:
        raise InputError(f"a price of {price:g} is refused; expected more than 0")
    return Tariff.flat(price)


def _show(plan: Plan) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("pump", "runs", "starts", "kWh", "cost", "as shipped", title=plan.network)
    for pump in plan.pumps:
        runs = ", ".join(f"{run.begin}–{run.end}" for run in pump.runs) or "–"
        table.add_row(
            pump.id,
            runs,
            f"{pump.starts} ({pump.starts_shipped})",
            f"{pump.energy_kwh:,.1f}",
            f"{pump.cost:,.2f}",
            f"{pump.cost_shipped:,.2f}",
        )
    console.print(table)
    least, usual = plan.pressure, plan.pressure_shipped
    console.print(plan.said)
    if plan.better:
        console.print(f"Kept: {plan.keeps}; every tank ends no lower than it begins.")
    console.print(
        f"Least pressure {least.least_m:.2f} m at {least.node} "
        f"(as shipped {usual.least_m:.2f} m at {usual.node})."
    )
    for note in plan.notes:
        console.print(note)
