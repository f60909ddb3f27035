"""``kota import``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from kota.cli.asking import DEFAULT_DATA
from kota.cli.reaching import reached

if TYPE_CHECKING:
    from kota.connect.asset_diff import AssetDifference
    from kota.connect.asset_format import AssetTable
    from kota.connect.assets import Assets
    from kota.connect.table import Tally
    from kota.connect.table_map import TableMap

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_file)


def import_file(
    file: Annotated[
        Path, typer.Argument(help="Table (.csv, .csv.gz, .parquet) or assets (.geojson, .gpkg, …).")
    ],
    map_file: Annotated[
        Path | None, typer.Option("--map", help="TOML file that says what the columns are.")
    ] = None,
    entity_type: Annotated[
        str | None, typer.Option("--type", help="Assets without a map: their entity type.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Assets: column that tells them apart.")] = None,
    crs: Annotated[str | None, typer.Option(help="Assets: coordinate system, EPSG:….")] = None,
    layer: Annotated[str | None, typer.Option(help="Assets: layer of a GeoPackage.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Show what would change, change nothing.")] = False,
    remove: Annotated[
        bool, typer.Option(help="Assets: delete entities that are in the file no more.")
    ] = False,
    skip_faults: Annotated[
        bool, typer.Option(help="Leave out what is faulty instead of refusing the file.")
    ] = False,
    data: Annotated[Path, typer.Option(help="Data folder.")] = DEFAULT_DATA,
    server: Annotated[str | None, typer.Option(help="A running Kota: http://HOST:PORT.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Say the result as JSON.")] = False,
) -> None:
    """Take in a table of measurements, or the assets that a city already has in files."""
    from kota.connect.table_map import load_map
    from kota.model.jsonld import kota_context

    if map_file is not None and _is_table_map(map_file):
        mapping = load_map(map_file, kota_context())
        tally = asyncio.run(
            _import_table(
                file, mapping, data=data, server=server, dry_run=dry_run, skip_faults=skip_faults
            )
        )
        _say_tally(file, tally, dry_run=dry_run, json=json)
        return
    table = _asset_table(map_file, entity_type, key=key, crs=crs, layer=layer)
    assets, difference = asyncio.run(
        _import_assets(
            file,
            table,
            data=data,
            server=server,
            dry_run=dry_run,
            remove=remove,
            skip_faults=skip_faults,
        )
    )
    _say_difference(file, assets, difference, dry_run=dry_run, remove=remove, json=json)


def _is_table_map(path: Path) -> bool:
    from kota.connect.toml_source import TomlSource

    return "time" in TomlSource.read(path).data


def _asset_table(
    map_file: Path | None,
    entity_type: str | None,
    *,
    key: str | None,
    crs: str | None,
    layer: str | None,
) -> AssetTable:
    from kota.connect.asset_format import AssetTable
    from kota.connect.assets import load_asset_table
    from kota.connect.profile_format import EntityTable

    if map_file is not None:
        table = load_asset_table(map_file)
    elif entity_type is not None:
        table = AssetTable(entity=EntityTable(type=entity_type), rest="keep")
    else:
        raise typer.BadParameter(
            "name a map with --map, or for assets the type of the entities with --type"
        )
    given = {"key": key, "crs": crs, "layer": layer}
    named = {name: value for name, value in given.items() if value is not None}
    return msgspec.structs.replace(table, **named)


async def _import_table(
    file: Path,
    mapping: TableMap,
    *,
    data: Path,
    server: str | None,
    dry_run: bool,
    skip_faults: bool,
) -> Tally:
    from kota.connect.row_source import open_rows
    from kota.connect.table import Table, batches, refuse_faults

    with _progress() as progress:
        work = progress.add_task("reading", total=None, count=0)
        if dry_run or not skip_faults:
            with open_rows(file, mapping.table.csv) as rows:
                table = Table(mapping, file, rows.columns)
                for batch in batches(table.steps(rows)):
                    progress.update(work, advance=len(batch), count=table.tally.observations)
            if dry_run:
                return table.tally
            refuse_faults(table.tally)
        progress.update(work, description="importing")
        async with reached(data, server) as sink:
            with open_rows(file, mapping.table.csv) as rows:
                table = Table(mapping, file, rows.columns)
                for batch in batches(table.steps(rows)):
                    await sink.put(batch)
                    progress.update(work, advance=len(batch), count=table.tally.observations)
    return table.tally


async def _import_assets(
    file: Path,
    table: AssetTable,
    *,
    data: Path,
    server: str | None,
    dry_run: bool,
    remove: bool,
    skip_faults: bool,
) -> tuple[Assets, AssetDifference]:
    from kota.connect.asset_diff import difference
    from kota.connect.assets import read_assets, refuse_asset_faults
    from kota.model.jsonld import kota_context

    with _progress() as progress:
        work = progress.add_task("reading", total=None, count=0)
        assets = read_assets(file, table, kota_context())
        if not skip_faults and not dry_run:
            refuse_asset_faults(assets)
        progress.update(work, description="importing")
        async with reached(data, server) as sink:
            found = difference(assets, await sink.present(assets.types))
            if dry_run:
                return assets, found
            for start in range(0, len(found.patches), 2000):
                await sink.put(found.patches[start : start + 2000])
                progress.update(work, count=min(start + 2000, len(found.patches)))
            if remove and found.removed:
                await sink.remove(found.removed)
    return assets, found


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.fields[count]:,}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _say_tally(file: Path, tally: Tally, *, dry_run: bool, json: bool) -> None:
    if json:
        print(msgspec.json.encode(tally).decode())
        return
    word = "would bring" if dry_run else "brought"
    print(
        f"{file}: {tally.rows} rows {word} {tally.observations} observations; "
        f"{tally.missing} cells have no value, {tally.skipped} rows lie in an hour that clocks "
        f"left out, {tally.doubtful} in one that occurs twice"
    )
    _say_faults(tally.shown, tally.faults)


def _say_difference(
    file: Path,
    assets: Assets,
    found: AssetDifference,
    *,
    dry_run: bool,
    remove: bool,
    json: bool,
) -> None:
    from kota.model.jsonld import kota_context

    result: dict[str, Any] = {
        "created": len(found.created),
        "changed": len(found.changed),
        "unchanged": found.unchanged,
        "removed": len(found.removed) if remove else 0,
        "missing": len(found.removed),
        "faults": len(assets.faults),
    }
    if json:
        print(msgspec.json.encode(result).decode())
        return
    if dry_run:
        for entity_id in found.created[:_SHOWN]:
            print(f"+ {entity_id}")
        for change in found.changed[:_SHOWN]:
            names = ", ".join(map(kota_context().compact, change.attributes))
            print(f"~ {change.entity_id}: {names}")
        for entity_id in found.removed[:_SHOWN]:
            print(f"- {entity_id}")
    print(
        f"{file}: {result['created']} created, {result['changed']} changed, "
        f"{result['unchanged']} unchanged, {result['missing']} in the file no more"
        + (" and deleted" if remove and found.removed and not dry_run else "")
        + (" (dry run: nothing was changed)" if dry_run else "")
    )
    _say_faults(assets.faults, len(assets.faults))


def _say_faults(shown: list[str], count: int) -> None:
    for fault in shown[:_SHOWN]:
        print(f"  left out: {fault}")
    if count > _SHOWN:
        print(f"  and {count - _SHOWN} more")
