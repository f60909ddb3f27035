"""The ordering of entities: ``orderBy``, ``orderFrom`` and ``collation`` (clause 4.23)."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.projection import MEMBERS
from kota.errors import BadRequestDataError
from kota.model.jsonld import Context
from kota.model.query import Order

_DIRECTIONS: Final = {"": False, "asc": False, "desc": True, "dist-asc": False, "dist-desc": True}
_TIMES: Final = frozenset({"createdAt", "modifiedAt", "observedAt"})
_PATH: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]+\])*)")
_KEY: Final = re.compile(r"\[([^\[\]]+)\]")
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def read_order(parameters: Parameters, context: Context) -> tuple[Order, ...]:
    """The sort keys that the parameters describe, most important first.

    Raises:
        BadRequestDataError: a path or direction that does not exist, a distance from nowhere, or
            a collation that is not a language tag.
    """
    collation = parameters.collation
    if collation is not None and not _LANGUAGE_TAG.fullmatch(collation):
        raise BadRequestDataError(f"collation: {collation!r} is not a language tag")
    near = None if parameters.order_from is None else _reference(parameters)
    spoken = collation is not None
    return tuple(_order(text, context, near, spoken) for text in parameters.order_by)


def _order(text: str, context: Context, near: dict[str, object] | None, spoken: bool) -> Order:
    path, _, direction = text.partition(";")
    if direction not in _DIRECTIONS:
        raise BadRequestDataError(
            f"orderBy: {direction!r} is no direction", hint="use asc, desc, dist-asc or dist-desc"
        )
    by_distance = direction.startswith("dist")
    if by_distance and near is None:
        raise BadRequestDataError(f"orderBy: {text!r} needs orderFrom, the place to measure from")
    found = _PATH.fullmatch(path)
    if found is None:
        raise BadRequestDataError(
            f"orderBy: {path!r} is no path", hint="use name.part or name[key]"
        )
    name, *sub = [found[1]] if ":" in found[1] else found[1].split(".")
    return Order(
        name if name in MEMBERS else context.expand_name(name),
        _DIRECTIONS[direction],
        near if by_distance else None,
        tuple(one if one in _TIMES else context.expand_name(one) for one in sub),
        tuple(_KEY.findall(found[2])),
        spoken,
    )


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
