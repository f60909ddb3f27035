"""A town in which every value is told apart, and who may see which: worked out apart from Kota.

Each attribute of each entity has a value that occurs nowhere else. Whatever answer holds it, by
whatever way, has shown that attribute of that entity; so a leak is a text that should not be there.
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
PROTECTS: Final = {
    "Person": {"pulse": ("care",), "mood": ("care", "feedback")},
    "Camera": {"faces": ("video",)},
}
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


@dataclass
class Thing:
    """An entity as the oracle knows it."""

    id: str
    kind: str
    scopes: tuple[str, ...]
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


@dataclass
class Actor:
    """Somebody who tries."""

    name: str
    shares: tuple[Share, ...]
    headers: dict[str, str] = field(default_factory=dict)

    def held(self, scopes: tuple[str, ...], roles: set[str]) -> list[Share]:
        """What he was given that reaches there."""
        return [
            one
            for one in self.shares
            if one.role in roles
            and one.tenant == "city"
            and (not one.areas or any(_inside(s, a) for s in scopes for a in one.areas))
        ]

    def shows(self, thing: Thing, attribute: str | None, purpose: str | None) -> bool:
        """Whether he may see an entity (attribute None), or one attribute of it."""
        return self._reaches(thing.kind, thing.scopes, attribute, purpose, READERS)

    def changes(self, thing: Thing, attribute: str | None, purpose: str | None) -> bool:
        """The same for changing."""
        return self._reaches(thing.kind, thing.scopes, attribute, purpose, WRITERS)

    def _reaches(
        self,
        kind: str,
        scopes: tuple[str, ...],
        attribute: str | None,
        purpose: str | None,
        roles: set[str],
    ) -> bool:
        held = self.held(scopes, roles)
        if not held:
            return False
        allowed = PROTECTS.get(kind, {}).get(attribute or "")
        if allowed is None:
            return True
        return purpose in allowed and any(purpose in one.purposes for one in held)


def _inside(scope: str, area: str) -> bool:
    inner, outer = scope.split("/"), area.split("/")
    return inner[: len(outer)] == outer


class World:
    """The town and whoever is in it.

    Args:
        rng: makes it.
        things: entities.
        actors: people and services.
    """

    def __init__(self, rng: Random, *, things: int = 120, actors: int = 24) -> None:
        self.rng = rng
        self.things: dict[str, Thing] = {}
        self.owner_of: dict[str, tuple[Thing, str]] = {}
        self.been: dict[str, set[tuple[str, ...]]] = {}
        """Where entities have lain for a moment, moved by somebody who may."""
        for number in range(things):
            self.make(number)
        self.actors = [self._actor(number) for number in range(actors)]

    def make(self, number: int, scopes: tuple[str, ...] | None = None) -> Thing:
        """A new entity with values of its own."""
        kind = self.rng.choice(list(TYPES))
        if scopes is None:
            count = self.rng.choice((0, 1, 1, 1, 1, 2))
            scopes = tuple(self.rng.sample(SCOPES, count))
        thing = Thing(f"urn:k:{kind.lower()}:{number}", kind, scopes)
        for name in TYPES[kind]:
            thing.values[name] = self.token(thing, name)
        self.things[thing.id] = thing
        return thing

    def token(self, thing: Thing, attribute: str) -> str:
        """A value that occurs nowhere else."""
        value = f"v{self.rng.getrandbits(40):010x}x"
        self.owner_of[value] = (thing, attribute)
        return value

    def _actor(self, number: int) -> Actor:
        rng = self.rng
        roles = [*READERS, "citizen", "administrator", "engineer", "engineer", "carer"]
        shares = tuple(
            Share(
                rng.choice(roles),
                rng.choice(("city", "city", "city", "mall")),
                tuple(rng.sample(SCOPES, rng.choice((0, 1, 1, 2)))),
                tuple(
                    rng.sample(("care", "video", "feedback", "billing"), rng.choice((0, 0, 1, 2)))
                ),
            )
            for _ in range(rng.choice((0, 1, 1, 2, 3)))
        )
        return Actor(f"a{number}", shares)

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
            actor.shows(Thing(thing.id, thing.kind, one), attribute, purpose) for one in places
        )

    def leaks(
        self,
        actor: Actor,
        purpose: str | None,
        body: bytes,
        sent: bytes = b"",
        *,
        ever: bool = False,
    ) -> Iterator[str]:
        """What stands in an answer and should not.

        Args:
            actor: who got it.
            purpose: as stated.
            body: the answer.
            sent: the request; what stands there already tells nothing.
            ever: whether the answer came over a time in which entities were moved.
        """
        for found in set(TOKEN.findall(body)):
            thing, attribute = self.owner_of.get(found.decode(), (None, ""))
            if thing is None or found in sent:
                continue
            if not self.shows(actor, thing, attribute, purpose, ever=ever):
                yield f"{attribute} of {thing.id} in {thing.scopes}"
        for found in set(ENTITY.findall(body)):
            thing = self.things.get(found.decode())
            if thing is None or found in sent:
                continue
            if not self.shows(actor, thing, None, purpose, ever=ever):
                yield f"{thing.id} in {thing.scopes}"
