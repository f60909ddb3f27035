"""The town's own devices as entities."""

from __future__ import annotations

import shapely

from kota.context.ingest import Patch
from kota.demo.district.place import geojson
from kota.demo.entities import SCOPE
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.model.terms import CLOCK, EXPECTED_INTERVAL


def device_patch(
    names: Context,
    kind: str,
    device: str,
    title: str,
    at: shapely.Point,
    *,
    interval: int,
    clock: str,
) -> Patch:
    """What a device observes, before it has said anything.

    Args:
        names: expands names.
        kind: short entity type.
        device: its name.
        title: for people.
        at: where [m].
        interval: seconds between two messages.
        clock: the plant whose time it follows.
    """
    return Patch(
        f"urn:ngsi-ld:{kind}:{device}",
        (names.expand(kind),),
        {
            names.expand("name"): (Attribute(Kind.PROPERTY, title),),
            names.expand("location"): (Attribute(Kind.GEO_PROPERTY, geojson(at)),),
            EXPECTED_INTERVAL: (Attribute(Kind.PROPERTY, float(interval), unit_code="SEC"),),
            CLOCK: (Attribute(Kind.PROPERTY, clock),),
        },
        SCOPE,
    )
