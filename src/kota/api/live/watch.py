"""What a client of the live stream watches."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from kota.errors import InvalidRequestError
from kota.model.entity import Entity
from kota.model.jsonld import Context

SHORTEST_MS: Final = 50
LONGEST_MS: Final = 10_000
MAX_ENTITIES: Final = 10_000
MAX_TYPES: Final = 200


class _Wish(msgspec.Struct):
    op: Literal["watch"]
    types: list[str] = []
    entities: list[str] = []
    all: bool = False
    interval_ms: float = 200


class Watch(msgspec.Struct, frozen=True):
    """Which entities, and how often.

    Args:
        types: expanded types.
        entities: ids.
        all: every entity.
        interval_ms: between two frames.
    """

    types: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    all: bool = False
    interval_ms: int = 200

    def wants(self, entity: Entity) -> bool:
        """Whether changes of this entity are asked for."""
        return self.all or not self.types.isdisjoint(entity.types) or entity.id in self.entities


def read_watch(text: str, context: Context) -> Watch:
    """Read what a client sent.

    Args:
        text: ``{"op": "watch", "types": […], "entities": […], "all": false, "interval_ms": 200}``.
        context: expands the types.

    Raises:
        InvalidRequestError: it is something else, or too much.
    """
    try:
        wish = msgspec.json.decode(text, type=_Wish)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidRequestError(
            f"live: {error}", hint='send {"op": "watch", "types": [...]}'
        ) from None
    if len(wish.types) > MAX_TYPES or len(wish.entities) > MAX_ENTITIES:
        raise InvalidRequestError(
            f"live: {len(wish.types)} types and {len(wish.entities)} entities",
            hint=f"watch at most {MAX_TYPES} and {MAX_ENTITIES}, or all",
        )
    interval = min(max(wish.interval_ms, SHORTEST_MS), LONGEST_MS)
    if wish.all:
        return Watch(all=True, interval_ms=int(interval))
    types = frozenset(context.expand(name) for name in wish.types)
    return Watch(types, frozenset(wish.entities), False, int(interval))
