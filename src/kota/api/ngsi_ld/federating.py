"""Entities that this server and others hold together: read here, asked for there, made one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.reply import Headers
from kota.context.linked import Fetch
from kota.context.sources.federation import MOST, Federation, Remote, Searched, Warned
from kota.context.sources.matching import Asked
from kota.context.sources.merging import merged_all
from kota.context.sources.peers import Visit
from kota.errors import BadRequestDataError, NotFoundError, TooManyResultsError
from kota.model.entity import Entity
from kota.model.jsonld import Context
from kota.model.query import EntityQuery, q
from kota.model.query.types import TypeQuery

WARNING: Final = b"ngsild-warning"
_VIA: Final = b"via"


class Page(msgspec.Struct, frozen=True):
    """One page of entities from here and elsewhere.

    Args:
        entities: of the page, and one more where there are more.
        count: of all that match, where it was asked for.
        headers: warnings about sources that failed.
    """

    entities: list[Entity]
    count: int | None
    headers: Headers


def visit_of(call: Call, *, local: bool | None) -> Visit | None:
    """The request as other brokers learn of it; None where it is answered from here alone."""
    sources = call.services.sources
    if sources is None or local or not sources.registrations:
        return None
    via = tuple(
        part.strip().partition(" ")[2].split(" ")[0]
        for part in call.header(_VIA).split(",")
        if part.strip()
    )
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in call.scope["headers"]
    }
    return Visit(via, headers)


def federation_of(call: Call) -> Federation:
    """The other brokers; there are some where `visit_of` gave a visit."""
    assert call.services.sources is not None
    return call.services.sources.federation


async def retrieve(
    call: Call,
    entity_id: str,
    types: TypeQuery | None,
    attributes: frozenset[str],
    context: Context,
    visit: Visit,
) -> tuple[Entity | None, Headers]:
    """One entity as this server and others hold it.

    Args:
        call: the request.
        entity_id: which.
        types: which types it may have.
        attributes: expanded names of those wanted; empty: all.
        context: of the client.
        visit: the request as others learn of it.

    Returns:
        The entity, None where nobody has it, and warnings about sources that failed.
    """
    asked = Asked(types=types, attributes=attributes)
    remotes, warned = await federation_of(call).retrieve(entity_id, asked, context, visit)
    try:
        here = [(await call.services.broker.retrieve(entity_id, types), False)]
    except NotFoundError:
        here = []
    parts = [(one.entity, one.auxiliary) for one in _seen(call, remotes)]
    whole = merged_all([*here, *parts])
    if whole is not None and types is not None and not types.matches(whole.types):
        whole = None
    return whole, warnings(call, warned)


async def query(
    call: Call,
    wanted: EntityQuery,
    parameters: Parameters,
    context: Context,
    visit: Visit,
    *,
    batch: bool,
) -> Page:
    """A page of the entities that match, here and elsewhere.

    Args:
        call: the request.
        wanted: the query; its page has one entity more than is shown.
        parameters: what it was made from.
        context: of the client.
        visit: the request as others learn of it.
        batch: whether it came in a body.
    """
    end = wanted.offset + wanted.limit
    if end > MOST + 1:
        raise TooManyResultsError(
            f"offset and limit: the first {MOST} of what several brokers hold can be paged through",
            hint="ask more narrowly, or with local=true",
        )
    forwarded = searched(wanted, parameters, context)
    if wanted.order and federation_of(call).shares(forwarded.asked, visit, forwarded.csf):
        raise BadRequestDataError(
            "orderBy: what several brokers hold is not ordered", hint="ask with local=true"
        )
    remotes, warned = await federation_of(call).query(forwarded, context, visit, batch=batch)
    remotes = _seen(call, remotes)
    ours, count = await _ours(call, wanted, remotes, split=parameters.split_entities, end=end)
    parts: dict[str, list[tuple[Entity, bool]]] = {one.id: [(one, False)] for one in ours}
    for one in remotes:
        parts.setdefault(one.entity.id, []).append((one.entity, one.auxiliary))
    entities = [whole for whole in map(merged_all, parts.values()) if whole is not None]
    if parameters.split_entities:
        entities = [one for one in entities if wanted.matches(one)]
    if wanted.count:
        others = (count or 0) + _others(ours, remotes)
        count = len(entities) if parameters.split_entities else others
    return Page(
        entities[wanted.offset : end], count if wanted.count else None, warnings(call, warned)
    )


def found_anywhere(call: Call, context: Context, visit: Visit) -> Fetch:
    """Finds entities by their ids, here and elsewhere."""

    async def fetch(ids: Collection[str]) -> list[Entity]:
        ours, _ = await call.services.broker.query(EntityQuery(ids=tuple(ids), limit=len(ids)))
        asked = Searched(asked=Asked(ids=tuple(ids)))
        parts = {one.id: [(one, False)] for one in ours}
        for one in await elsewhere(call, asked, context, visit):
            parts.setdefault(one.entity.id, []).append((one.entity, one.auxiliary))
        return [whole for whole in map(merged_all, parts.values()) if whole is not None]

    return fetch


async def elsewhere(call: Call, asked: Searched, context: Context, visit: Visit) -> list[Remote]:
    """What others hold of the entities that match, as far as the caller sees it."""
    remotes, _ = await federation_of(call).query(asked, context, visit)
    return _seen(call, remotes)


def warnings(call: Call, warned: list[Warned]) -> Headers:
    """The headers that tell of sources that failed (clause 6.3.17)."""
    if not warned:
        return ()
    agent = federation_of(call).peers.alias
    return tuple((WARNING, _warning(one, agent)) for one in warned)


def _warning(warned: Warned, agent: str) -> bytes:
    text = "".join(
        char if char.isprintable() and char.isascii() and char not in '"\\' else "'"
        for char in warned.text[:400]
    )
    return f'{warned.code} {agent} "{text}"'.encode("ascii")


async def _ours(
    call: Call, wanted: EntityQuery, remotes: list[Remote], *, split: bool, end: int
) -> tuple[list[Entity], int | None]:
    """What this server has of the page, and of the entities that others found."""
    broker = call.services.broker
    plain = msgspec.structs.replace(wanted, offset=0, limit=end)
    if split:
        plain = msgspec.structs.replace(plain, q=None, scope_q=None, geo=None, limit=MOST)
    ours, count = await broker.query(plain)
    known = {one.id for one in ours}
    missing = tuple(dict.fromkeys(one.entity.id for one in remotes if one.entity.id not in known))
    if wanted.ids:
        missing = tuple(one for one in missing if one in wanted.ids)
    if missing:
        beside = msgspec.structs.replace(
            plain, ids=missing, limit=len(missing), order=(), count=False
        )
        ours += (await broker.query(beside))[0]
    return ours, count


def _others(ours: list[Entity], remotes: list[Remote]) -> int:
    known = {one.id for one in ours}
    return len({one.entity.id for one in remotes} - known)


def _seen(call: Call, remotes: list[Remote]) -> list[Remote]:
    """What of it the caller may see, by the same rules as what is held here."""
    lens = call.services.lens
    if lens is None:
        return remotes
    seen = [(lens(one.entity), one) for one in remotes]
    return [Remote(entity, one.auxiliary, one.source) for entity, one in seen if entity is not None]


def searched(wanted: EntityQuery, parameters: Parameters, context: Context) -> Searched:
    """A query as others are asked it: without its filters where entities are split."""
    asked = Asked(
        types=wanted.types,
        ids=wanted.ids,
        id_pattern=wanted.id_pattern,
        attributes=frozenset(wanted.attrs),
        datasets=parameters.dataset_id,
    )
    csf = None if parameters.csf is None else q.parse(parameters.csf, context.expand)
    if parameters.split_entities:
        return Searched(asked=asked, csf=csf)
    filters = [("scopeQ", parameters.scope_q)]
    if wanted.geo is not None:
        filters += [
            ("georel", parameters.georel),
            ("geometry", parameters.geometry),
            ("coordinates", parameters.coordinates),
        ]
    near = wanted.geo
    return Searched(
        asked=asked,
        filters=tuple((name, value) for name, value in filters if value is not None),
        q=wanted.q,
        csf=csf,
        geoproperty=None if near is None else near.geoproperty,
    )
