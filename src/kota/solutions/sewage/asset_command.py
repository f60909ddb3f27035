"""``kota sewage network`` and ``kota sewage assets``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kota.solutions.sewage.network import Sewers

_JSON = typer.Option("--json", help="Write one JSON object.")


def network(
    file: Annotated[Path, typer.Argument(help="SWMM input file.")],
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Say what a SWMM model holds."""
    from kota.solutions.sewage.reading import read_sewers

    _say(file.name, summary(read_sewers(file)), json=json)


def assets(
    file: Annotated[Path, typer.Argument(help="SWMM input file.")],
    crs: Annotated[str, typer.Option(help="Coordinate system of the file, EPSG:….")],
    out: Annotated[Path, typer.Option(help="JSON file to write: NGSI-LD entities.")],
    title: Annotated[str, typer.Option(help="What people call the system.")] = "Sewers",
    name: Annotated[str, typer.Option(help="Makes the id of the WasteWaterNetwork.")] = "main",
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Write the sewers of a SWMM model as entities, for entityOperations/upsert."""
    import msgspec

    from kota.errors import InputError
    from kota.solutions.sewage.reading import read_sewers

    sewers = read_sewers(file)
    written = entities(sewers, crs, name=name, title=title)
    try:
        out.write_bytes(msgspec.json.encode(written))
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}") from error
    placed = sum("location" in one for one in written)
    _say(out.name, {"entities": len(written), "with_position": placed}, json=json)


def entities(sewers: Sewers, crs: str, *, name: str, title: str) -> list[dict[str, Any]]:
    """Normalized NGSI-LD entities of sewers.

    Args:
        sewers: as read.
        crs: of their coordinates.
        name: makes the id of the WasteWaterNetwork.
        title: what people call it.

    Raises:
        InputError: there is no such coordinate system, or a point is not on the Earth in it.
    """
    from kota.model.entity import Entity
    from kota.model.jsonld import kota_context
    from kota.model.represent import represent
    from kota.solutions.sewage.assets import Assets
    from kota.solutions.sewage.placing import geometries, to_degrees
    from kota.solutions.sewage.terms import TERMS

    context = kota_context().with_terms(TERMS)
    nodes, links = geometries(sewers, to_degrees(crs))
    patches = Assets(sewers, context, name=name, title=title, nodes=nodes, links=links).patches()
    return [represent(Entity(one.entity_id, one.types, one.attrs), context) for one in patches]


def summary(sewers: Sewers) -> dict[str, float | str]:
    """Counts and totals of sewers, in m, m³ and ha."""
    return {
        "junctions": len(sewers.of_kind("junction")) + len(sewers.of_kind("divider")),
        "storages": len(sewers.of_kind("storage")),
        "outfalls": len(sewers.of_kind("outfall")),
        "conduits": len(sewers.links_of("conduit")),
        "pumps": len(sewers.links_of("pump")),
        "gates": len(sewers.links_of("orifice")) + len(sewers.links_of("outlet")),
        "weirs": len(sewers.links_of("weir")),
        "subcatchments": len(sewers.subcatchments),
        "rain_gauges": len(sewers.gauges),
        "infiltration": sewers.infiltration,
        "sewer_length_m": round(sum(link.length for link in sewers.links.values()), 1),
        "storage_m3": round(sewers.storage, 1),
        "area_ha": round(sewers.area, 2),
    }


def _say(title: str, found: dict[str, Any], *, json: bool) -> None:
    import msgspec
    from rich.console import Console
    from rich.table import Table

    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table("part", "value", title=title)
    for key, value in found.items():
        shown = value if isinstance(value, str) else f"{value:,}"
        table.add_row(key.replace("_", " "), shown)
    Console().print(table)
