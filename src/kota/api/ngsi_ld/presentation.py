"""From query parameters to how entities are written (clauses 4.5, 4.21, 6.3.7 to 6.3.15)."""

from __future__ import annotations

from typing import Final, cast

import msgspec

from kota.api.ngsi_ld.negotiation import GEO_JSON
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.projection import MEMBERS, hops, parse_projection
from kota.errors import BadRequestDataError, InvalidRequestError
from kota.model.jsonld import Context
from kota.model.represent import Form, Projection, Representation

PRESENTING: Final = frozenset(
    {
        "attrs",
        "containedBy",
        "datasetId",
        "format",
        "geometryProperty",
        "join",
        "joinLevel",
        "lang",
        "omit",
        "options",
        "pick",
    }
)
"""Parameters that say how an entity is written."""

_FORMS: Final = {"normalized", "concise", "simplified"}


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """How the client wants entities, and those linked to them, to be written.

    Args:
        options: for every entity, without what is picked and omitted.
        attrs: expanded attributes wanted of the entities themselves; empty: all.
        pick, omit: members of the entities, and below them of those linked to them.
        depth: how many relationships are followed.
        flat: whether linked entities stand beside the others, not within them.
        contained_by: ids of entities that are not to be joined.
    """

    options: Representation
    attrs: frozenset[str] = frozenset()
    pick: Projection | None = None
    omit: Projection | None = None
    depth: int = 0
    flat: bool = False
    contained_by: frozenset[str] = frozenset()

    def attribute_names(self) -> frozenset[str]:
        """Expanded names of the attributes that are wanted; empty: all."""
        if self.attrs or self.pick is None:
            return self.attrs
        return self.pick.names - MEMBERS

    def of_entity(self) -> Representation:
        """How the entities themselves are written."""
        return msgspec.structs.replace(self.of_linked(self.pick, self.omit), attrs=self.attrs)

    def of_linked(self, pick: Projection | None, omit: Projection | None) -> Representation:
        """How a linked entity is written of which this is picked or omitted."""
        return msgspec.structs.replace(
            self.options,
            pick=None if pick is None else Projection(pick.names),
            omit=None if omit is None else Projection(omit.names - omit.below.keys()),
        )


def presentation(parameters: Parameters, context: Context, media: str) -> Presentation:
    """How the client wants entities to be written.

    Raises:
        BadRequestDataError: members picked and omitted at once, or a geometry for plain JSON.
        InvalidRequestError: a format that entities do not have.
    """
    geojson = media == GEO_JSON
    if parameters.geometry_property is not None and not geojson:
        raise BadRequestDataError(
            "geometryProperty: has no meaning without Accept: application/geo+json"
        )
    form = parameters.chosen_format
    if form not in _FORMS:
        raise InvalidRequestError(f"format: {form!r} is one of temporal entities")
    pick, omit = projections(parameters, context)
    return Presentation(
        options=Representation(
            form=cast("Form", form),
            geojson=geojson,
            geometry_property=context.expand(parameters.geometry_property or "location"),
            lang=parameters.lang,
            dataset_ids=frozenset(parameters.dataset_id),
            sys_attrs="sysAttrs" in parameters.options,
        ),
        attrs=frozenset(context.expand(name) for name in parameters.attrs),
        pick=pick,
        omit=omit,
        depth=parameters.join_depth,
        flat=parameters.join == "flat",
        contained_by=frozenset(parameters.contained_by),
    )


def projections(
    parameters: Parameters, context: Context
) -> tuple[Projection | None, Projection | None]:
    """What is picked and what is omitted.

    Raises:
        BadRequestDataError: they contradict each other, or reach further than entities are joined.
    """
    pick = _projection(parameters.pick, context, "pick")
    omit = _projection(parameters.omit, context, "omit")
    if pick is None and omit is None:
        return None, None
    if parameters.attrs:
        raise BadRequestDataError("attrs: not allowed together with pick or omit")
    if pick is not None and omit is not None and not pick.names.isdisjoint(omit.names):
        raise BadRequestDataError("pick and omit name the same member")
    depth = parameters.join_depth
    for name, projection in (("pick", pick), ("omit", omit)):
        if projection is not None and hops(projection) > depth:
            raise BadRequestDataError(
                f"{name}: reaches {hops(projection)} relationships deep, joined are {depth}",
                hint="use join and joinLevel",
            )
    return pick, omit


def _projection(text: str | None, context: Context, where: str) -> Projection | None:
    return None if text is None else parse_projection(text, context.expand, where=where)
