"""The ordering of entities: ``orderBy``, ``orderFrom`` and ``collation`` (clause 4.23)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.projection import MEMBERS
from kota.errors import BadRequestDataError
from kota.model.jsonld import Context
from kota.model.query import Order

_DIRECTIONS: Final = {"": False, "asc": False, "desc": True, "dist-asc": False, "dist-desc": True}


def read_order(parameters: Parameters, context: Context) -> tuple[Order, ...]:
    """The sort keys that the parameters describe, most important first.

    Raises:
        BadRequestDataError: a direction that does not exist, or a distance from nowhere.
    """
    near = None if parameters.order_from is None else _reference(parameters)
    return tuple(_order(text, context, near) for text in parameters.order_by)


def _order(text: str, context: Context, near: dict[str, object] | None) -> Order:
    path, _, direction = text.partition(";")
    if direction not in _DIRECTIONS:
        raise BadRequestDataError(
            f"orderBy: {direction!r} is no direction", hint="use asc, desc, dist-asc or dist-desc"
        )
    by_distance = direction.startswith("dist")
    if by_distance and near is None:
        raise BadRequestDataError(f"orderBy: {text!r} needs orderFrom, the place to measure from")
    name = path if path in MEMBERS else context.expand_name(path)
    return Order(name, _DIRECTIONS[direction], near if by_distance else None)


def _reference(parameters: Parameters) -> dict[str, object]:
    try:
        coordinates: Any = msgspec.json.decode(parameters.order_from or "")
    except msgspec.DecodeError as error:
        raise BadRequestDataError(
            f"orderFrom: {parameters.order_from!r} is not a JSON array of coordinates"
        ) from error
    if not isinstance(coordinates, list):
        raise BadRequestDataError("orderFrom: not a JSON array of coordinates")
    return {"type": parameters.geometry or "Point", "coordinates": coordinates}
