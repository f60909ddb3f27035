"""Reads from other brokers what they hold of what is asked for (clauses 5.7.1 and 5.7.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from kota.clock import Clock
from kota.context.contexts import Contexts
from kota.context.sources import operations
from kota.context.sources.matching import Asked
from kota.context.sources.peers import Ask, PeerError, Peers, Told, Visit, hint
from kota.context.sources.registration import Registration
from kota.context.sources.registrations import Registrations
from kota.context.sources.shares import Share, shares
from kota.context.sources.wire import Wire, wire_of
from kota.errors import BadRequestDataError, KotaError
from kota.model.entity import Attribute, Entity
from kota.model.instant import parse
from kota.model.jsonld import Context
from kota.model.payload import parse_entity
from kota.model.query.q import Query

BREATH = 100
"""After so many entities other requests get their turn."""
Facts = TypeVar("Facts")
_Some = TypeVar("_Some")
_RETRIEVING = (operations.RETRIEVE, operations.QUERY, operations.QUERY_BATCH)
MOST = 1000
"""So many entities are asked of a source for one answer."""


class Warned(msgspec.Struct, frozen=True):
    """A source that failed while others answered (clause 6.3.17)."""

    code: int
    text: str


class Remote(msgspec.Struct, frozen=True):
    """An entity as a source has it.

    Args:
        entity: with the times at which the source changed it.
        auxiliary: whether it only fills in what is missing.
        source: id of the registration.
    """

    entity: Entity
    auxiliary: bool
    source: str


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """A query as it is forwarded.

    Args:
        asked: what it is about.
        filters: further parameters that travel along, names as in the address, unquoted.
        q: the query in it; written anew in each source's words.
        csf: what is asked of the sources themselves.
        geoproperty: expanded name of the attribute that geo-filters are about.
    """

    asked: Asked
    filters: tuple[tuple[str, str], ...] = ()
    q: Query | None = None
    csf: Query | None = None
    geoproperty: str | None = None


class Federation:
    """All other brokers as one.

    Args:
        registrations: who they are and what they have.
        peers: asks them.
        contexts: the JSON-LD contexts that they answer in.
        clock: dates what has no date.
    """

    def __init__(
        self, registrations: Registrations, peers: Peers, contexts: Contexts, clock: Clock
    ) -> None:
        self.registrations = registrations
        self.peers = peers
        self._contexts = contexts
        self._clock = clock

    def shares(self, asked: Asked, visit: Visit, csf: Query | None = None) -> list[Share]:
        """What each source has of what is asked for."""
        return shares(self.registrations.all(), asked, passed=visit.via, csf=csf)

    def loops(self, visit: Visit) -> bool:
        """Whether a request has been here before."""
        return self.peers.alias in visit.via

    async def retrieve(
        self, entity_id: str, asked: Asked, context: Context, visit: Visit
    ) -> tuple[list[Remote], list[Warned]]:
        """What the sources have of one entity.

        Args:
            entity_id: which.
            asked: its types and the attributes wanted.
            context: of the client.
            visit: on whose behalf.
        """
        if self.loops(visit):
            return [], []
        searched = Searched(asked=msgspec.structs.replace(asked, ids=(entity_id,)))
        targets = [
            one
            for one in self.shares(searched.asked, visit)
            if any(one.registration.offers(name) for name in _RETRIEVING)
        ]
        answers = await asyncio.gather(
            *(
                self._retrieved(entity_id, one, context, visit)
                if one.registration.offers(operations.RETRIEVE)
                else self._queried(searched, one, context, visit, batch=False)
                for one in targets
            )
        )
        return _gathered(answers, targets, entity_id)

    async def query(
        self, searched: Searched, context: Context, visit: Visit, *, batch: bool = False
    ) -> tuple[list[Remote], list[Warned]]:
        """What the sources have of the entities that match.

        Args:
            searched: what is asked for.
            context: of the client.
            visit: on whose behalf.
            batch: whether the client sent the query in a body.
        """
        if self.loops(visit):
            return [], []
        targets = [
            one
            for one in self.shares(searched.asked, visit, searched.csf)
            if one.registration.offers(operations.QUERY)
            or one.registration.offers(operations.QUERY_BATCH)
        ]
        answers = await asyncio.gather(
            *(self._queried(searched, one, context, visit, batch) for one in targets)
        )
        return _gathered(answers, targets, None)

    async def discover(
        self,
        operation: str,
        path: str,
        name: str | None,
        context: Context,
        visit: Visit,
        read: Callable[[Any, Context], list[Facts]],
    ) -> tuple[list[Facts], list[Warned]]:
        """What the sources tell of types or attributes.

        Args:
            operation: its name in registrations.
            path: below ``/ngsi-ld/v1``.
            name: expanded, of the one that is asked about; None: all, with their details.
            context: of the client.
            visit: on whose behalf.
            read: makes facts of an answer.
        """
        if self.loops(visit):
            return [], []
        asked = Asked()
        targets = [one for one in self.shares(asked, visit) if one.registration.offers(operation)]

        async def told(share: Share) -> list[Facts] | Warned:
            async def asking(wire: Wire) -> list[Facts]:
                below = "" if name is None else "/" + quote(wire.context.compact(name), safe="")
                query = (("details", "true"),) if name is None else ()
                ask = Ask(method="GET", path=path + below, query=query, wire=wire)
                answer = await self.peers.ask(share.registration, ask, visit)
                if answer.status == 404:
                    return []
                if answer.status != 200:
                    raise PeerError(f"it answered {answer.status}", status=502, warning=299)
                return read(answer.body, wire.context)

            return await self._guarded(share, context, asking)

        answers = await asyncio.gather(*(told(share) for share in targets))
        facts = [one for some in answers if not isinstance(some, Warned) for one in some]
        return facts, [one for one in answers if isinstance(one, Warned)]

    async def evolutions(
        self,
        searched: Searched,
        times: tuple[tuple[str, str], ...],
        context: Context,
        visit: Visit,
        *,
        read: Callable[[Any, Context, Share], Facts],
        entity_id: str | None = None,
    ) -> tuple[list[Facts], list[Warned]]:
        """What the sources know of how entities evolved.

        Args:
            searched: which entities, and which of their attributes.
            times: parameters that say of which time, as in the address.
            context: of the client.
            visit: on whose behalf.
            read: makes something of each evolution.
            entity_id: the only one that is asked for; None: all that match.
        """
        if self.loops(visit):
            return [], []
        operation = operations.QUERY_TEMPORAL if entity_id is None else operations.RETRIEVE_TEMPORAL
        targets = [
            one
            for one in self.shares(searched.asked, visit, searched.csf)
            if one.registration.offers(operation)
        ]

        async def told(share: Share) -> list[Facts] | Warned:
            async def asking(wire: Wire) -> list[Facts]:
                query = parameters_of(searched, share, wire)
                path = "/temporal/entities"
                if entity_id is not None:
                    path += "/" + quote(entity_id, safe=":")
                    query = tuple((name, value) for name, value in query if name == "attrs")
                else:
                    query = (*query, ("limit", str(MOST)))
                more = (*times, ("options", "sysAttrs"))
                ask = Ask(method="GET", path=path, query=(*query, *more), wire=wire)
                answer = await self.peers.ask(share.registration, ask, visit)
                if answer.status == 404:
                    return []
                if answer.status not in (200, 206):
                    raise PeerError(f"it answered {answer.status}", status=502, warning=299)
                documents = answer.body if isinstance(answer.body, list) else [answer.body]
                if len(documents) > MOST:
                    raise PeerError("it answered too many", status=502, warning=111)
                return [read(document, wire.context, share) for document in documents]

            return await self._guarded(share, context, asking)

        answers = await asyncio.gather(*(told(share) for share in targets))
        found = [one for some in answers if not isinstance(some, Warned) for one in some]
        return found, [one for one in answers if isinstance(one, Warned)]

    async def words(self, registration: Registration, context: Context) -> Wire:
        """In which context a source is spoken to (clause 4.3.6.6)."""
        named = hint(registration, "jsonldcontext")
        if named is None:
            return wire_of(context)
        return Wire(await self._contexts.resolve(named), named)

    async def _retrieved(
        self, entity_id: str, share: Share, context: Context, visit: Visit
    ) -> list[Entity] | Warned:
        async def asking(wire: Wire) -> list[Entity]:
            query: list[tuple[str, str]] = [("options", "sysAttrs")]
            if share.attributes:
                names = sorted(wire.context.compact(name) for name in share.attributes)
                query.append(("attrs", ",".join(names)))
            path = f"/entities/{quote(entity_id, safe=':')}"
            ask = Ask(method="GET", path=path, query=tuple(query), wire=wire)
            told = await self.peers.ask(share.registration, ask, visit)
            return await self._entities(told, wire, share)

        return await self._guarded(share, context, asking)

    async def _queried(
        self, searched: Searched, share: Share, context: Context, visit: Visit, batch: bool
    ) -> list[Entity] | Warned:
        async def asking(wire: Wire) -> list[Entity]:
            query = parameters_of(searched, share, wire)
            offers = share.registration.offers
            if offers(operations.QUERY_BATCH) and (batch or not offers(operations.QUERY)):
                ask = Ask(
                    method="POST",
                    path="/entityOperations/query",
                    query=(("limit", str(MOST)), ("options", "sysAttrs")),
                    wire=wire,
                    body=_body(dict(query)),
                )
            else:
                more = (("limit", str(MOST)), ("options", "sysAttrs"))
                ask = Ask(method="GET", path="/entities", query=(*query, *more), wire=wire)
            told = await self.peers.ask(share.registration, ask, visit)
            return await self._entities(told, wire, share)

        return await self._guarded(share, context, asking)

    async def _guarded(
        self, share: Share, context: Context, asking: Callable[[Wire], Awaitable[list[_Some]]]
    ) -> list[_Some] | Warned:
        try:
            found = await asking(await self.words(share.registration, context))
        except PeerError as error:
            return Warned(error.warning, f"{share.registration.id}: {error.reason}")
        except KotaError as error:
            return Warned(111, f"{share.registration.id}: {error}")
        return found

    async def _entities(self, told: Told, wire: Wire, share: Share) -> list[Entity]:
        """The entities of an answer, without what the source is not registered for."""
        if told.status == 404:
            return []
        if told.status != 200:
            raise PeerError(f"it answered {told.status}", status=502, warning=299)
        documents = told.body if isinstance(told.body, list) else [told.body]
        if len(documents) > MOST:
            raise PeerError("it answered more entities than asked", status=502, warning=111)
        found = []
        for number, document in enumerate(documents, 1):
            if document is None:
                continue
            if not number % BREATH:
                await asyncio.sleep(0)
            if not isinstance(document, dict):
                raise BadRequestDataError("what it answered is no entity")
            embedded = document.pop("@context", None)
            context = wire.context
            if embedded is not None:
                context = await self._contexts.resolve(embedded)
            entity = read_remote(document, context, now=self._clock.now())
            if share.ids is not None and entity.id not in share.ids:
                continue
            attrs = {
                name: some
                for name, some in entity.attrs.items()
                if not share.attributes or name in share.attributes
            }
            found.append(msgspec.structs.replace(entity, attrs=attrs))
        return found


def read_remote(document: dict[str, Any], context: Context, *, now: int) -> Entity:
    """An entity that a source sent, with the times at which the source changed it.

    Args:
        document: decoded JSON, normalized or concise.
        context: expands its names.
        now: the time of what has none.

    Raises:
        BadRequestDataError: it is no entity.
    """
    entity = parse_entity(document, context, now=now)
    created, modified = time_in(document, "createdAt", now), time_in(document, "modifiedAt", now)
    given = {context.expand(name): value for name, value in document.items()}
    attrs = {
        name: tuple(_dated(one, given.get(name), modified) for one in instances)
        for name, instances in entity.attrs.items()
    }
    return msgspec.structs.replace(entity, created_at=created, modified_at=modified, attrs=attrs)


def _dated(instance: Attribute, given: Any, otherwise: int) -> Attribute:
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict) and one.get("datasetId") == instance.dataset_id:
            return msgspec.structs.replace(
                instance,
                created_at=time_in(one, "createdAt", otherwise),
                modified_at=time_in(one, "modifiedAt", otherwise),
            )
    return msgspec.structs.replace(instance, created_at=otherwise, modified_at=otherwise)


def time_in(document: dict[str, Any], name: str, otherwise: int) -> int:
    """An instant that a document may name."""
    value = document.get(name)
    return otherwise if value is None else parse(value, where=name)


def parameters_of(searched: Searched, share: Share, wire: Wire) -> tuple[tuple[str, str], ...]:
    """A query in a source's words, narrowed to what it has (clause 4.3.6.1)."""
    asked, compact = searched.asked, wire.context.compact
    query: list[tuple[str, str]] = []
    if asked.types is not None:
        query.append(("type", asked.types.render(compact)))
    elif share.types:
        query.append(("type", ",".join(compact(name) for name in share.types)))
    if share.ids is not None:
        query.append(("id", ",".join(share.ids)))
    elif asked.id_pattern is not None:
        query.append(("idPattern", asked.id_pattern.pattern))
    if share.attributes:
        query.append(("attrs", ",".join(sorted(compact(name) for name in share.attributes))))
    if searched.q is not None:
        query.append(("q", searched.q.render(compact)))
    if searched.geoproperty is not None:
        query.append(("geoproperty", compact(searched.geoproperty)))
    return (*query, *searched.filters)


def _body(given: dict[str, str]) -> dict[str, Any]:
    """A query as it stands in a body (clause 5.2.23)."""
    body: dict[str, Any] = {"type": "Query"}
    selector: dict[str, Any] = {
        name: given[name] for name in ("type", "idPattern") if name in given
    }
    if "id" in given:
        ids = given["id"].split(",")
        selector["id"] = ids[0] if len(ids) == 1 else ids
    if selector:
        body["entities"] = [{"type": "*", **selector}]
    if "attrs" in given:
        body["attrs"] = given["attrs"].split(",")
    body |= {name: given[name] for name in ("q", "scopeQ", "lang") if name in given}
    if "georel" in given:
        parts = ("georel", "geometry", "coordinates", "geoproperty")
        body["geoQ"] = {name: given[name] for name in parts if name in given}
        body["geoQ"]["coordinates"] = msgspec.json.decode(given["coordinates"])
    return body


def _gathered(
    answers: Sequence[list[Entity] | Warned], targets: Sequence[Share], only: str | None
) -> tuple[list[Remote], list[Warned]]:
    remotes: list[Remote] = []
    warned: list[Warned] = []
    for answer, share in zip(answers, targets, strict=True):
        if isinstance(answer, Warned):
            warned.append(answer)
            continue
        auxiliary = share.registration.mode == "auxiliary"
        source = share.registration.id
        remotes += [Remote(one, auxiliary, source) for one in answer if only in (None, one.id)]
        if len(answer) == MOST:
            text = f"{share.registration.id}: it has {MOST} or more; what is beyond is left out"
            warned.append(Warned(199, text))
    return remotes, warned
