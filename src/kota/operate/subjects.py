"""What is held of one entity, given out and erased: the rights of whom it tells of.

The audit stays whole: its lines name entities by their id and hold no values that tell of persons.
An erasure is a line too, by the digest of the id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from kota.clock import Clock
from kota.config import ERASED, ERASED_PENDING
from kota.errors import NotFoundError
from kota.model.entity import MEMBER, Entity, Kind
from kota.model.instant import render
from kota.operate.actor import SYSTEM, Actor, told
from kota.operate.alarms import terms as alarm_terms
from kota.operate.notices.notice import Notice
from kota.operate.notices.room import Notices
from kota.operate.rules import terms as rule_terms
from kota.operate.work import terms as work_terms
from kota.store.history import HistoryStore, SeriesFilter
from kota.store.history.protocol import ALWAYS, EntityFilter
from kota.store.state import StateStore, Write

_LETTERS: Final = ("ingest", "notification")
_MOST_LETTERS: Final = 10_000
_OWN: Final = {
    alarm_terms.ALERT: alarm_terms.SOURCE,
    rule_terms.RULE_FIRING: rule_terms.SUBJECT,
    work_terms.WORK_ORDER: work_terms.SUBJECT,
}
"""What Kota itself made about an entity, and the relationship that leads to it."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased.

    Args:
        entities: the entity itself, and what Kota made about it.
        notices, letters: that told of it.
        named_by: other entities that still lead to it by a relationship; they are others' data.
    """

    entities: int
    notices: int
    letters: int
    named_by: tuple[str, ...]


class Follower(Protocol):
    """Writes down what becomes of entities."""

    async def settle(self) -> None:
        """Follow everything that was committed; returns when that is durable."""
        ...

    def forget(self, ids: Collection[str]) -> None:
        """Remember nothing of what it wrote under these ids."""
        ...


class Subjects:
    """Everything that is held of an entity.

    Args:
        store, history: of the town.
        notices: likewise.
        clock: wall time.
        folder: the data folder.
        compact: turns an IRI into its short name.
        followers: write about entities, each after those before.
    """

    def __init__(
        self,
        store: StateStore,
        history: HistoryStore,
        notices: Notices,
        clock: Clock,
        folder: Path,
        compact: Callable[[str], str],
        followers: Sequence[Follower],
    ) -> None:
        self._followers = tuple(followers)
        self._store = store
        self._history = history
        self._notices = notices
        self._clock = clock
        self._folder = folder
        self._compact = compact

    async def start(self) -> None:
        """Erase again what a restored backup brought back."""
        path = self._folder / ERASED_PENDING
        if not path.exists():
            return
        digests = set(_read(path))
        ids = [entity.id async for entity in self._store.scan() if digest(entity.id) in digests]
        ids += [one.id for one in await self._history.entities(EntityFilter())]
        for entity_id in dict.fromkeys(ids):
            if digest(entity_id) in digests and await self._is_held(entity_id):
                await self.erase(entity_id, SYSTEM, "erased before the backup was restored")
        path.unlink()

    async def export(self, entity_id: str) -> dict[str, Any]:
        """Everything that is held of an entity, for programs and for people.

        Raises:
            NotFoundError: nothing is.
        """
        if not await self._is_held(entity_id):
            raise NotFoundError(f"{entity_id}: nothing is held of it")
        entity = await self._store.get(entity_id)
        own, named_by = await self._about(entity_id)
        stored = await self._history.instances(SeriesFilter(entity_ids=(entity_id,)), ALWAYS)
        history = [
            {
                "attribute": self._compact(one.attribute),
                **self._instance(one.instance),
                "deletedAt": None if one.deleted_at is None else render(one.deleted_at),
            }
            for one in stored
        ]
        return {
            "id": entity_id,
            "at": render(self._clock.now()),
            "present": None if entity is None else self._entity(entity),
            "history": history,
            "about": [self._entity(one) for one in own],
            "namedBy": list(named_by),
            "notices": [msgspec.to_builtins(one) for one in self._told(entity_id)],
            "letters": [one.subject for one in await self._letters(entity_id)],
        }

    async def erase(self, entity_id: str, actor: Actor, reason: str) -> Erased:
        """Erase everything that is held of an entity; returns when it is.

        That it is erased is written down first, so that a restored backup does not bring it back.

        Raises:
            NotFoundError: nothing is held of it.
            StoreError: it could not be; try again.
        """
        if not await self._is_held(entity_id):
            raise NotFoundError(f"{entity_id}: nothing is held of it")
        await asyncio.to_thread(self._remember, entity_id)
        own, named_by = await self._about(entity_id)
        gone = [entity_id, *(one.id for one in own)]
        letters = await self._letters(entity_id)
        notices = self._told(entity_id)
        line = told(
            actor,
            self._clock.now(),
            "subject.erase",
            f"sha256:{digest(entity_id)}",
            why=reason,
            detail={"entities": len(gone), "notices": len(notices), "letters": len(letters)},
        )
        await self._delete([entity_id], [line])
        firings = [one.id for one in own if rule_terms.RULE_FIRING in one.types]
        await self._delete(firings)
        await self._delete([one.id for one in own if one.id not in firings])
        for follower in self._followers:
            follower.forget(gone)
        await self._store.delete_letters([one.key for one in letters])
        await self._notices.forget(notices)
        await self._history.entities(EntityFilter(ids=tuple(gone)))  # the journal is drained
        for one in gone:
            await self._history.delete_entity(one)
        await self._store.journal.trim(self._history.drained)
        await self._store.scrub()
        await self._history.scrub()
        return Erased(
            entities=len(gone), notices=len(notices), letters=len(letters), named_by=named_by
        )

    async def _delete(self, ids: Sequence[str], audit: Sequence[bytes] = ()) -> None:
        """Delete entities; returns when whoever follows them has written its last word."""
        await self._store.apply([Write(one, _nothing) for one in ids], audit=audit)
        for follower in self._followers:
            await follower.settle()

    async def _is_held(self, entity_id: str) -> bool:
        if await self._store.get(entity_id) is not None:
            return True
        series = SeriesFilter(entity_ids=(entity_id,))
        return bool(await self._history.instances(series, ALWAYS, limit=1))

    async def _about(self, entity_id: str) -> tuple[list[Entity], tuple[str, ...]]:
        """What Kota made about an entity, and who else leads to it."""
        own: list[Entity] = []
        others: list[str] = []
        async for entity in self._store.scan():
            link = next((_OWN[kind] for kind in entity.types if kind in _OWN), None)
            if link is not None and _leads(entity, link, entity_id):
                own.append(entity)
            elif any(_leads(entity, name, entity_id) for name in entity.attrs):
                others.append(entity.id)
        firings = {one.id for one in own if rule_terms.RULE_FIRING in one.types}
        if firings:  # the alarm of a rule is about its firing
            own += [
                entity
                async for entity in self._store.scan([alarm_terms.ALERT])
                if any(_leads(entity, alarm_terms.SOURCE, one) for one in firings)
            ]
        made = {one.id for one in own}
        return own, tuple(one for one in others if one not in made)

    async def _letters(self, entity_id: str) -> list[Any]:
        found = []
        for box in _LETTERS:
            letters = await self._store.list_letters(box, _MOST_LETTERS)
            found += [one for one in letters if entity_id.encode() in one.body]
        return found

    def _told(self, entity_id: str) -> list[Notice]:
        return [
            one
            for one in self._notices.notices.values()
            if one.subject is not None
            and (one.subject == entity_id or one.subject.endswith(f":{_short(entity_id)}"))
        ]

    def _entity(self, entity: Entity) -> dict[str, Any]:
        attributes = {
            self._compact(name): [self._instance(one) for one in instances]
            for name, instances in entity.attrs.items()
        }
        types = [self._compact(kind) for kind in entity.types]
        scope = list(entity.scope)
        return {"id": entity.id, "type": types, "scope": scope, "attributes": attributes}

    def _instance(self, one: Any) -> dict[str, Any]:
        return {
            MEMBER[one.kind]: one.value,
            "unitCode": one.unit_code,
            "datasetId": one.dataset_id,
            "observedAt": None if one.observed_at is None else render(one.observed_at),
            "modifiedAt": render(one.modified_at),
        }

    def _remember(self, entity_id: str) -> None:
        path = self._folder / ERASED
        digests = list(dict.fromkeys([*_read(path), digest(entity_id)]))
        arriving = path.with_suffix(".arriving")
        arriving.write_bytes(msgspec.json.encode(digests))
        arriving.replace(path)


def digest(entity_id: str) -> str:
    """What an erased id is remembered by."""
    return sha256(entity_id.encode()).hexdigest()


def _read(path: Path) -> Sequence[str]:
    return msgspec.json.decode(path.read_bytes(), type=list[str]) if path.exists() else []


def _short(entity_id: str) -> str:
    return entity_id.removeprefix("urn:ngsi-ld:")


def _leads(entity: Entity, name: str, entity_id: str) -> bool:
    for one in entity.attrs.get(name, ()):
        if one.kind is Kind.RELATIONSHIP and one.value == entity_id:
            return True
        if one.kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP) and isinstance(one.value, list):
            return entity_id in one.value
    return False


def _nothing(_: Entity | None) -> Entity | None:
    return None
