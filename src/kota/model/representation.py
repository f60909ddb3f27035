"""How a reader wants entities to be written."""

from __future__ import annotations

from typing import Literal

import msgspec

from kota.model import terms

Form = Literal["normalized", "concise", "simplified"]


class Projection(msgspec.Struct, frozen=True):
    """Members to be kept or left out.

    Args:
        names: expanded attribute names, and ``id``, ``type``, ``scope`` as they are.
        below: for a relationship, which members of the entities it points to.
    """

    names: frozenset[str]
    below: dict[str, Projection] = {}


class Representation(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides how an entity is written.

    Args:
        form: normalized, concise or simplified (key and value).
        geojson: as a GeoJSON Feature.
        geometry_property: expanded name of the attribute that gives a Feature its geometry.
        pick: only these members, or None for all.
        omit: not these members.
        attrs: expanded names of the attributes wanted; empty: all. Id, type and scope stay.
        lang: languages wanted, as in an Accept-Language header; None: all of them.
        dataset_ids: instances wanted, ``@none`` for the default one; empty: all.
        sys_attrs: with createdAt and modifiedAt.
    """

    form: Form = "normalized"
    geojson: bool = False
    geometry_property: str = terms.LOCATION
    pick: Projection | None = None
    omit: Projection | None = None
    attrs: frozenset[str] = frozenset()
    lang: str | None = None
    dataset_ids: frozenset[str] = frozenset()
    sys_attrs: bool = False


NORMALIZED = Representation()
"""As the standard writes entities unless asked otherwise."""
