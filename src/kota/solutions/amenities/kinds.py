"""Kinds of amenities: which places belong to them, whom they serve, how near they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kota.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of amenity.

    Args:
        name: ``clinic``.
        title: for people.
        type: short type of its entities.
        categories: values of `category`, any of which makes a place one of it.
        attribute: of Building: minutes on foot to the nearest one.
        goal: minutes on foot within which everybody should have one.
        serves: age groups whom it is for; empty: everybody.
    """

    name: str
    title: str
    type: str
    categories: tuple[str, ...]
    attribute: str
    goal: float
    serves: tuple[str, ...] = ()


KINDS: Final = (
    Kind(
        name="clinic",
        title="Clinics",
        type="PointOfInterest",
        categories=("clinic", "hospital", "doctors"),
        attribute="clinicWalk",
        goal=15.0,
    ),
    Kind(
        name="childcare",
        title="Childcare",
        type="PointOfInterest",
        categories=("childcare", "kindergarten"),
        attribute="childcareWalk",
        goal=10.0,
        serves=("0-4",),
    ),
    Kind(
        name="school",
        title="Schools",
        type="PointOfInterest",
        categories=("school",),
        attribute="schoolWalk",
        goal=15.0,
        serves=("5-14",),
    ),
    Kind(
        name="market",
        title="Markets",
        type="PointOfInterest",
        categories=("marketplace", "market", "supermarket"),
        attribute="marketWalk",
        goal=15.0,
    ),
    Kind(
        name="bus_stop",
        title="Bus stops",
        type="PointOfInterest",
        categories=("bus_stop", "busStop"),
        attribute="busStopWalk",
        goal=5.0,
    ),
    Kind(
        name="garden",
        title="Parks and greens",
        type="Garden",
        categories=(),
        attribute="gardenWalk",
        goal=5.0,
    ),
    Kind(
        name="shelter",
        title="Shelters",
        type="PointOfInterest",
        categories=("shelter", "community_centre", "assembly_point"),
        attribute="shelterWalk",
        goal=10.0,
    ),
    Kind(
        name="toilets",
        title="Public toilets",
        type="PointOfInterest",
        categories=("toilets",),
        attribute="toiletsWalk",
        goal=5.0,
    ),
)


def kind_named(name: str) -> Kind:
    """The kind of that name.

    Raises:
        InputError: there is none.
    """
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise InputError(
        f"there is no kind of amenity {name!r}", hint=f"ask for {', '.join(k.name for k in KINDS)}"
    )
