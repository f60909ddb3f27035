"""``kota amenities locate``."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from kota.solutions.amenities.siting import Floor, Problem
    from kota.solutions.amenities.siting_files import Candidates, Demand

_SHOWN: Final = 10
"""Sites whose worth is shown, unless all are asked for."""


def locate(
    demand: Annotated[Path, typer.Option(help="Table: id, weight[, group] (CSV or Parquet).")],
    candidates: Annotated[
        Path, typer.Option(help="Table: id[, cost, capacity, status kept|closed|forbidden|free].")
    ],
    model: Annotated[str, typer.Option(help="p-median, p-center, lscp, mclp or backup.")],
    edges: Annotated[Path | None, typer.Option(help="Network: from, to, length[, oneway].")] = None,
    distances: Annotated[
        Path | None, typer.Option(help="NumPy file, demand down and candidates across.")
    ] = None,
    p: Annotated[
        str | None, typer.Option("--p", help="Open sites; by period as 2,4,6 (weight_1, …).")
    ] = None,
    radius: Annotated[float | None, typer.Option(help="Within which demand is covered.")] = None,
    limit: Annotated[float | None, typer.Option(help="Nobody is served from farther.")] = None,
    far: Annotated[float, typer.Option(help="What demand beyond --radius costs on top.")] = 0.0,
    budget: Annotated[float | None, typer.Option(help="What sites may cost together.")] = None,
    capacity: Annotated[
        float | None, typer.Option(help="Of each candidate whose table says nothing.")
    ] = None,
    split: Annotated[bool, typer.Option(help="Demand of a place may go to several sites.")] = False,
    second: Annotated[float, typer.Option(help="With backup: what a second site counts.")] = 0.5,
    kept: Annotated[list[str] | None, typer.Option(help="Candidate that stays open.")] = None,
    closed: Annotated[list[str] | None, typer.Option(help="Site that is shut.")] = None,
    forbidden: Annotated[list[str] | None, typer.Option(help="Candidate never to open.")] = None,
    equity: Annotated[
        list[str] | None,
        typer.Option(help="share:0.9:800, groups:0.8:800 or tail:0.1:1200."),
    ] = None,
    alternatives: Annotated[int, typer.Option(help="Other answers nearly as good.")] = 0,
    within: Annotated[float, typer.Option(help="How much worse those may be.")] = 0.02,
    time_limit: Annotated[float, typer.Option(help="Seconds for sites and their proof.")] = 60.0,
    gap: Annotated[float, typer.Option(help="Relative gap that is good enough.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of chance.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the solution as JSON.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show what each site is worth, not the ten that matter.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the solution to the output.")] = False,
) -> None:
    """Say where sites should be, with objective, bound and gap."""
    from kota.solutions.amenities.siting import (
        InfeasibleError,
        solve,
        with_alternatives,
        with_changes,
    )
    from kota.solutions.amenities.siting_report import refusal, report

    began = time.monotonic()
    counts = _counts(p)
    people, places, problem = _read(demand, candidates, edges, distances, model, len(counts))
    _mark(places, kept, closed, forbidden)
    problem = replace(
        problem,
        count=counts[-1] if counts else None,
        periods=_periods(counts, people),
        radius=radius,
        limit=float("inf") if limit is None else limit,
        far=far,
        budget=float("inf") if budget is None else budget,
        capacities=_capacities(problem, capacity),
        split=split,
        second=second,
        floors=tuple(_floor(text) for text in equity or ()),
    )
    try:
        found = with_changes(problem, solve(problem, time_limit=time_limit, seed=seed, gap=gap))
        found = with_alternatives(problem, found, count=alternatives, within=within, seed=seed)
        said = report(problem, found, people, places)
    except InfeasibleError as error:
        _write(refusal(problem, error, people), out, json)
        raise
    said["seconds"] = round(time.monotonic() - began, 3)
    _write(said, out, json)
    if not json:
        _show(said, every=every)


def _read(
    demand: Path,
    candidates: Path,
    edges: Path | None,
    distances: Path | None,
    model: str,
    periods: int,
) -> tuple[Demand, Candidates, Problem]:
    from kota.errors import InputError
    from kota.solutions.amenities.siting import Model, Problem
    from kota.solutions.amenities.siting_files import (
        network_distances,
        plain_distances,
        read_candidates,
        read_demand,
        read_distances,
    )

    names = {str(each).replace("-", ""): each for each in Model}
    wanted = names.get(model.lower().replace("-", "").replace("_", ""))
    if wanted is None:
        raise InputError(f"there is no model {model!r}", hint=f"choose {', '.join(Model)}")
    if edges is not None and distances is not None:
        raise InputError("both --edges and --distances are given", hint="give one of them")
    people, places = read_demand(demand, periods), read_candidates(candidates)
    if edges is not None:
        table = network_distances(edges, people, places)
    elif distances is not None:
        table = read_distances(distances, people, places)
    else:
        table = plain_distances(people, places)
    problem = Problem(
        model=wanted,
        distances=table,
        weights=people.weights,
        status=places.status,
        costs=places.costs,
        capacities=places.capacities,
        groups=people.groups,
        names=people.names,
    )
    return people, places, problem


def _counts(text: str | None) -> list[int]:
    from kota.errors import InputError

    try:
        return [int(part) for part in text.split(",")] if text is not None else []
    except ValueError as error:
        raise InputError(f"--p {text}: expected a whole number, or several as 2,4,6") from error


def _periods(counts: list[int], people: Demand) -> Any:
    from kota.solutions.amenities.siting import Periods

    if len(counts) < 2 or people.periods is None:
        return None
    return Periods(people.periods, tuple(counts))


def _capacities(problem: Problem, capacity: float | None) -> Any:
    import numpy as np

    from kota.errors import InputError

    if capacity is None:
        return problem.capacities
    if not capacity >= 0:
        raise InputError(f"--capacity {capacity:g}: expected zero or more")
    if problem.capacities is None:
        return np.full(problem.distances.shape[1], capacity)
    return np.where(np.isfinite(problem.capacities), problem.capacities, capacity)


def _mark(
    places: Candidates,
    kept: list[str] | None,
    closed: list[str] | None,
    forbidden: list[str] | None,
) -> None:
    from kota.solutions.amenities.siting import Status
    from kota.solutions.amenities.siting_files import mark

    for texts, status in (
        (kept, Status.KEPT),
        (closed, Status.CLOSED),
        (forbidden, Status.FORBIDDEN),
    ):
        for text in texts or ():
            mark(places, [name.strip() for name in text.split(",")], status)


def _floor(text: str) -> Floor:
    from kota.errors import InputError
    from kota.solutions.amenities.siting import Floor, Kind

    parts = text.split(":")
    try:
        kind, share, distance = parts
        return Floor(Kind(kind), float(share), float(distance))
    except ValueError as error:
        raise InputError(
            f"--equity {text}: not understood",
            hint="write share:0.9:800 (90 % of demand within 800), groups:0.8:800 (80 % of each "
            "group) or tail:0.1:1200 (the worst-off tenth no farther than 1200 on average)",
        ) from error


def _write(said: dict[str, Any], out: Path | None, json: bool) -> None:
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(said), indent=2)
    if out is not None:
        out.write_bytes(text + b"\n")
    if json:
        typer.echo(text.decode())


def _matter(drop: dict[str, Any]) -> float:
    """For the order of sites: those first without which people go unserved."""
    return float("-inf") if drop["loss"] is None else -float(drop["loss"])


def _show(said: dict[str, Any], *, every: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "", title=f"{said['model']}: {said['status']}", show_header=False)
    for name in ("objective", "bound"):
        table.add_row(name, f"{said[name]:,.6g}")
    table.add_row("gap", f"{said['gap']:.3%} (by {said['proof']})")
    for name, value in (said["distance"] or {}).items():
        table.add_row(f"distance, {name}", f"{value:,.6g}")
    if "covered" in said:
        table.add_row("covered", f"{said['covered']['share']:.1%} of demand")
    table.add_row("sites", ", ".join(said["sites"]))
    drops = sorted(said["drops"], key=_matter)
    shown = drops if every else drops[:_SHOWN]
    for change in shown:
        loss = change["loss"]
        words = (
            "not found in time" if change["met"] is None else f"unserved {change['unserved']:,.6g}"
        )
        words = words if loss is None else f"{loss:+,.6g}"
        table.add_row(f"without {change['site']}", words)
    if len(shown) < len(drops):
        table.add_row("without others", f"{len(drops) - len(shown)} more, that matter less: --all")
    for other in said["alternatives"]:
        table.add_row(f"or, {other['worse']:.2%} worse", ", ".join(other["sites"]))
    Console().print(table)
