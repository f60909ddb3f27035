"""The registered context sources: made, read, changed and deleted (clauses 5.9 and 5.10)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import msgspec

from kota.clock import Clock
from kota.context.sources.matching import SourceQuery
from kota.context.sources.registration import (
    DOCUMENT_KIND,
    TYPE,
    Information,
    Registration,
    from_document,
)
from kota.context.sources.registration_reading import MEMBERS, read_registration
from kota.context.sources.registration_writing import write_registration
from kota.errors import (
    AlreadyExistsError,
    BadRequestDataError,
    ConflictError,
    NotFoundError,
    StoreError,
    TooManyResultsError,
)
from kota.model.jsonld import Context
from kota.model.names import require_uri
from kota.model.query import EntityQuery, types
from kota.model.query.pattern import compile_pattern
from kota.model.terms import NULL
from kota.store.state.protocol import StateStore

MOST = 10_000
"""So many registrations are kept; each request is held against all of them."""

_log = logging.getLogger(__name__)

_FIXED = ("id", "createdAt", "modifiedAt")
Told = Callable[[Registration | None, Registration | None], Awaitable[None]]


class Registrations:
    """All registrations.

    Args:
        store: keeps them, and the entities that a proxied one may not cover.
        clock: says what has expired.
    """

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[str, Registration] = {}
        self._told: list[Told] = []

    async def open(self) -> None:
        """Take up what the store kept."""
        found = [from_document(one) for one in await self._store.list_documents(DOCUMENT_KIND)]
        for registration in sorted(found, key=lambda one: one.created_at):
            self._kept[registration.id] = registration

    def on_change(self, tell: Told) -> None:
        """Name a function that is told of each registration as it was and as it is."""
        self._told.append(tell)

    def __bool__(self) -> bool:
        return bool(self._kept)

    def all(self) -> list[Registration]:
        """Every registration that has not expired, oldest first."""
        if not self._kept:
            return []
        now = self._clock.now()
        return [one for one in self._kept.values() if not _expired(one, now)]

    def retrieve(self, registration_id: str) -> Registration:
        """The registration with this id.

        Raises:
            BadRequestDataError: the id is not a URI.
            NotFoundError: there is none, or it has expired.
        """
        found = self._kept.get(require_uri(registration_id, "id"))
        if found is None or _expired(found, self._clock.now()):
            raise NotFoundError(f"there is no registration {registration_id}")
        return found

    def query(self, wanted: SourceQuery) -> list[Registration]:
        """The registrations that match, oldest first."""
        return [one for one in self.all() if wanted.matches(one)]

    async def create(self, document: dict[str, Any], context: Context) -> Registration:
        """Register a source.

        Args:
            document: decoded JSON without ``@context``.
            context: expands its names.

        Raises:
            BadRequestDataError: says which member is wrong.
            AlreadyExistsError: there is one with this id.
            ConflictError: what it alone is to hold is held elsewhere already.
        """
        given = document.get("id")
        registration_id = (
            f"urn:ngsi-ld:{TYPE}:{uuid4()}" if given is None else require_uri(given, "id")
        )
        registration = read_registration(
            document, context, registration_id=registration_id, now=self._clock.now()
        )
        if len(self._kept) >= MOST:
            raise TooManyResultsError(f"there are {MOST} registrations already")
        self._require_new(registration_id)
        await self._require_free(registration)
        self._require_new(registration_id)
        await self._put(registration, None)
        return registration

    async def update(
        self, registration_id: str, fragment: dict[str, Any], context: Context
    ) -> Registration:
        """Put the members of a fragment in the place of those there are; null takes one away.

        Raises:
            BadRequestDataError: what came of it would not be a registration; nothing was changed.
            NotFoundError: there is none with this id.
            ConflictError: what it alone is to hold is held elsewhere already.
        """
        present = self.retrieve(registration_id)
        if fragment.get("id", present.id) != present.id:
            raise BadRequestDataError("id: cannot be changed", hint="make another registration")
        now = self._clock.now()
        changed = read_registration(
            _merged(present, fragment, context), context, registration_id=present.id, now=now
        )
        changed = msgspec.structs.replace(changed, created_at=present.created_at)
        await self._require_free(changed)
        self.retrieve(registration_id)
        await self._put(changed, present)
        return changed

    async def delete(self, registration_id: str) -> None:
        """Forget a source.

        Raises:
            NotFoundError: there is none with this id.
        """
        present = self.retrieve(registration_id)
        await self._store.delete_documents(DOCUMENT_KIND, [registration_id])
        self._kept.pop(registration_id, None)
        await self._tell(present, None)

    async def forget_expired(self) -> None:
        """Take away what has expired, so that whoever watches is told."""
        now = self._clock.now()
        for one in [one for one in self._kept.values() if _expired(one, now)]:
            await self._store.delete_documents(DOCUMENT_KIND, [one.id])
            self._kept.pop(one.id, None)
            await self._tell(one, None)

    async def _put(self, registration: Registration, present: Registration | None) -> None:
        self._kept[registration.id] = registration
        try:
            await self._store.put_documents([registration.to_document()])
        except StoreError:
            if present is None:
                del self._kept[registration.id]
            else:
                self._kept[registration.id] = present
            raise
        await self._tell(present, registration)

    async def _tell(self, before: Registration | None, after: Registration | None) -> None:
        for tell in self._told:
            try:
                await tell(before, after)
            except StoreError as error:
                _log.error("who watches sources was not told: %s", error)

    def _require_new(self, registration_id: str) -> None:
        if registration_id in self._kept:
            raise AlreadyExistsError(f"there is a registration {registration_id} already")

    async def _require_free(self, registration: Registration) -> None:
        """Refuse to hand over what another source, or this server, holds (4.3.6.3, 5.9.2.4)."""
        if not registration.proxied:
            return
        for other in self.all():
            exclusive = "exclusive" in (registration.mode, other.mode)
            if other.id != registration.id and other.proxied and exclusive:
                shared = _shared(registration, other)
                if shared is not None:
                    raise ConflictError(
                        f"{shared} is registered exclusively: {other.id} and this one exclude "
                        "each other"
                    )
        for part in registration.information:
            for query in _queries(part, registration.mode == "exclusive"):
                found, _ = await self._store.query(query)
                if found:
                    raise ConflictError(
                        f"{found[0].id} is held here already",
                        hint="delete it here (local=true) before a source takes it over",
                    )


def _expired(registration: Registration, now: int) -> bool:
    return registration.expires_at is not None and registration.expires_at <= now


def _shared(one: Registration, other: Registration) -> str | None:
    """An entity of which both are to have the same attributes."""
    for mine in one.information:
        for theirs in other.information:
            attributes = (mine.attributes, theirs.attributes)
            if all(attributes) and attributes[0].isdisjoint(attributes[1]):
                continue
            ids = {entity.id for entity in mine.entities} & {
                entity.id for entity in theirs.entities
            }
            named = min((entity_id for entity_id in ids if entity_id is not None), default=None)
            if named is not None:
                return named
    return None


def _queries(part: Information, exclusive: bool) -> list[EntityQuery]:
    """What finds entities here that a source is to hold alone."""
    attrs = tuple(sorted(part.attributes))
    if not part.entities:
        return [EntityQuery(attrs=attrs, limit=1)]
    return [
        EntityQuery(
            ids=() if one.id is None else (one.id,),
            id_pattern=None if one.id_pattern is None else compile_pattern(one.id_pattern, "id"),
            types=None if exclusive else types.of(one.types),
            attrs=attrs,
            limit=1,
        )
        for one in part.entities
    ]


def _merged(present: Registration, fragment: dict[str, Any], context: Context) -> dict[str, Any]:
    """The present members, names expanded, with those of the fragment in their place."""
    merged = write_registration(present, str)
    for given, value in fragment.items():
        name = given if given in MEMBERS else context.expand_name(given)
        if value is None or value == NULL:
            if name in ("type", "endpoint", "information"):
                raise BadRequestDataError(f"{name}: a registration cannot be without it")
            merged.pop(name, None)
        else:
            merged[name] = value
    return {name: value for name, value in merged.items() if name not in _FIXED}
