"""A town in which every value is told apart, and who may see which: worked out apart from Kota.

There are four tenants in it, each with entities of its own. Each attribute of each entity has a
value that occurs nowhere else. Whatever answer holds it, by whatever way, has shown that attribute
of that entity; so a leak is a text that should not be there.
The oracle below shares no code with `kota.access`: it compares scopes as lists of words and reads
the roles' rights from a table of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

TYPES: Final = {
    "Lamp": ("power", "state"),
    "Person": ("room", "pulse", "mood"),
    "Camera": ("model", "faces"),
}
PROTECTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "Person": {"pulse": ("care",), "mood": ("care", "feedback")},
    "Camera": {"faces": ("video",)},
}
TREE: Final[dict[str, str | None]] = {
    "city": None,
    "north": "city",
    "mall": "north",
    "south": "city",
}
"""The tenant above each."""
SCOPES: Final = ("kl", "kl/east", "kl/east/a", "kl/east/b", "kl/west", "kl/west/z", "kleast", "pj")
TOKEN: Final = re.compile(rb"v[0-9a-f]{10}x")
ENTITY: Final = re.compile(rb"urn:k:[a-z]+:\d+")

READERS: Final = {
    "viewer",
    "operator",
    "engineer",
    "planner",
    "carer",
    "data-steward",
}
WRITERS: Final = {"engineer"}
ACTING: Final = {"operator", "engineer", "carer"}
"""Who works on orders and notices."""
ADMINISTRATORS: Final = {"administrator"}
STEWARDS: Final = {"data-steward"}


@dataclass
class Thing:
    """An entity as the oracle knows it."""

    id: str
    kind: str
    scopes: tuple[str, ...]
    tenant: str = "city"
    values: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """As NGSI-LD."""
        found: dict[str, Any] = {"id": self.id, "type": self.kind}
        if self.scopes:
            found["scope"] = [f"/{one}" for one in self.scopes]
        for name, value in self.values.items():
            found[name] = {"type": "Property", "value": value}
        return found


@dataclass(frozen=True)
class Share:
    """One grant as the oracle reads it."""

    role: str
    tenant: str
    areas: tuple[str, ...]
    purposes: tuple[str, ...]
    below: bool = False

    def holds_in(self, tenant: str) -> bool:
        """Whether it was given for a tenant, or for one above it with all below."""
        if tenant == self.tenant:
            return True
        above = TREE[tenant]
        while self.below and above is not None:
            if above == self.tenant:
                return True
            above = TREE[above]
        return False


@dataclass
class Actor:
    """Somebody who tries."""

    name: str
    shares: tuple[Share, ...]
    headers: dict[str, str] = field(default_factory=dict)

    def held(self, scopes: tuple[str, ...], roles: set[str], tenant: str) -> list[Share]:
        """What he was given that reaches there."""
        return [
            one
            for one in self.shares
            if one.role in roles
            and one.holds_in(tenant)
            and (not one.areas or any(_inside(s, a) for s in scopes for a in one.areas))
        ]

    def knows(self, tenant: str) -> bool:
        """Whether he was given anything in a tenant."""
        return any(one.holds_in(tenant) for one in self.shares)

    def whole(self, tenant: str, roles: set[str]) -> bool:
        """Whether one of these roles is his in the whole of a tenant."""
        return bool(self.held((), roles, tenant))

    def manages(self, tenant: str, *, below: bool) -> bool:
        """Whether he manages users in the whole of a tenant, and, where asked, below it."""
        return any(one.below or not below for one in self.held((), ADMINISTRATORS, tenant))

    def shows(self, thing: Thing, attribute: str | None, purpose: str | None) -> bool:
        """Whether he may see an entity (attribute None), or one attribute of it."""
        return self._reaches(thing, attribute, purpose, READERS)

    def changes(self, thing: Thing, attribute: str | None, purpose: str | None) -> bool:
        """The same for changing."""
        return self._reaches(thing, attribute, purpose, WRITERS)

    def _reaches(
        self, thing: Thing, attribute: str | None, purpose: str | None, roles: set[str]
    ) -> bool:
        held = self.held(thing.scopes, roles, thing.tenant)
        if not held:
            return False
        allowed = PROTECTS.get(thing.kind, {}).get(attribute or "")
        if allowed is None:
            return True
        return purpose in allowed and any(purpose in one.purposes for one in held)


def _inside(scope: str, area: str) -> bool:
    inner, outer = scope.split("/"), area.split("/")
    return inner[: len(outer)] == outer


def population(rng: Random, count: int) -> list[Actor]:
    """People and services, each with up to three grants in any tenant."""
    roles = [*READERS, "citizen", "administrator", "engineer", "engineer", "carer"]
    return [
        Actor(
            f"a{number}",
            tuple(
                Share(
                    rng.choice(roles),
                    rng.choice(("city", "city", *TREE)),
                    tuple(rng.sample(SCOPES, rng.choice((0, 1, 1, 2)))),
                    tuple(
                        rng.sample(
                            ("care", "video", "feedback", "billing"), rng.choice((0, 0, 1, 2))
                        )
                    ),
                    rng.random() < 0.4,
                )
                for _ in range(rng.choice((0, 1, 1, 2, 3)))
            ),
        )
        for number in range(count)
    ]


class Registry:
    """Who owns which value and which id, over all tenants."""

    def __init__(self) -> None:
        self.owner_of: dict[str, tuple[Thing, str | None]] = {}
        self.things: dict[str, Thing] = {}


class World:
    """One tenant, and whoever is in the town.

    Args:
        rng: makes it.
        actors: people and services.
        tenant: its name.
        registry: of all tenants.
        first: number of its first entity.
        things: how many entities it has.
    """

    def __init__(
        self,
        rng: Random,
        actors: list[Actor],
        *,
        tenant: str = "city",
        registry: Registry | None = None,
        first: int = 0,
        things: int = 120,
    ) -> None:
        self.rng = rng
        self.actors = actors
        self.tenant = tenant
        self.registry = registry or Registry()
        self.things: dict[str, Thing] = {}
        self.been: dict[str, set[tuple[str, ...]]] = {}
        """Where entities have lain for a moment, moved by somebody who may."""
        for number in range(first, first + things):
            self.make(number)

    def make(self, number: int, scopes: tuple[str, ...] | None = None) -> Thing:
        """A new entity with values of its own."""
        kind = self.rng.choice(list(TYPES))
        if scopes is None:
            count = self.rng.choice((0, 1, 1, 1, 1, 2))
            scopes = tuple(self.rng.sample(SCOPES, count))
        thing = Thing(f"urn:k:{kind.lower()}:{number}", kind, scopes, self.tenant)
        for name in TYPES[kind]:
            thing.values[name] = self.token(thing, name)
        self.things[thing.id] = self.registry.things[thing.id] = thing
        return thing

    def token(self, thing: Thing, attribute: str | None) -> str:
        """A value that occurs nowhere else; without an attribute it tells of the entity."""
        value = f"v{self.rng.getrandbits(40):010x}x"
        self.registry.owner_of[value] = (thing, attribute)
        return value

    def shows(
        self,
        actor: Actor,
        thing: Thing,
        attribute: str | None,
        purpose: str | None,
        *,
        ever: bool,
    ) -> bool:
        """Whether an actor may see something where it lies or, for streams, has ever lain."""
        places = [thing.scopes, *(self.been.get(thing.id, ()) if ever else ())]
        return any(
            actor.shows(Thing(thing.id, thing.kind, one, self.tenant), attribute, purpose)
            for one in places
        )

    def leaks(
        self,
        actor: Actor,
        purpose: str | None,
        body: bytes,
        sent: bytes = b"",
        *,
        ever: bool = False,
        whole: bool = False,
    ) -> Iterator[str]:
        """What stands in an answer of this tenant and should not.

        Args:
            actor: who got it.
            purpose: as stated.
            body: the answer.
            sent: the request; what stands there already tells nothing.
            ever: whether the answer came over a time in which entities were moved.
            whole: whether all that the tenant holds may be told.
        """
        for found in set(TOKEN.findall(body)):
            thing, attribute = self.registry.owner_of.get(found.decode(), (None, None))
            if thing is None or found in sent:
                continue
            if thing.tenant != self.tenant:
                yield f"{attribute} of {thing.id} in tenant {thing.tenant}"
            elif not whole and not self.shows(actor, thing, attribute, purpose, ever=ever):
                yield f"{attribute} of {thing.id} in {thing.scopes}"
        for found in set(ENTITY.findall(body)):
            thing = self.registry.things.get(found.decode())
            if thing is None or found in sent:
                continue
            if thing.tenant != self.tenant:
                if not (ever and thing.id in self.been):
                    yield f"{thing.id} in tenant {thing.tenant}"
            elif not whole and not self.shows(actor, thing, None, purpose, ever=ever):
                yield f"{thing.id} in {thing.scopes}"
