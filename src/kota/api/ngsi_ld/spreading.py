"""Writes that this server and others carry out together (clauses 4.3.6 and 5.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final
from urllib.parse import parse_qsl, quote

import msgspec

from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.federating import federation_of
from kota.api.ngsi_ld.problem import ERRORS, ElsewhereError, LoopError, details
from kota.api.ngsi_ld.reply import NO_CONTENT, Reply
from kota.context.sources import operations
from kota.context.sources.federation import Searched, parameters_of
from kota.context.sources.matching import Asked
from kota.context.sources.peers import Ask, PeerError, Told, Visit
from kota.context.sources.registration import Registration
from kota.context.sources.shares import Share
from kota.context.sources.wire import (
    attribute_names,
    only,
    reworded,
    reworded_attribute,
    without,
)
from kota.errors import ConflictError, ForbiddenError, KotaError, NotFoundError
from kota.model.jsonld import Context
from kota.model.query.types import TypeQuery, of

LOOPED: Final = 508
_PASSED: Final = frozenset({"datasetId", "deleteAll", "format", "lang", "observedAt", "options"})
_JSON: Final = ((b"content-type", b"application/json"),)
Here = Callable[[dict[str, Any]], Awaitable[Reply]]


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """One write, as it is asked of each broker.

    Args:
        operation: its name in registrations.
        method, path: of HTTP; the path below ``/ngsi-ld/v1``, quoted; the name of the attribute
            is added.
        entity_id: of which entity.
        attribute: expanded name, where it is about one attribute alone.
        body: of that attribute.
        document: an entity or a fragment of it, whose attributes are shared out.
        done: the answer where this server had nothing to do.
    """

    operation: str
    method: str
    path: str
    entity_id: str
    attribute: str | None = None
    body: Any = None
    document: dict[str, Any] | None = None
    done: Reply = NO_CONTENT


class Parted(msgspec.Struct, frozen=True):
    """How a write is shared out.

    Args:
        sent: what each source is asked to do, with the attributes that it gets; empty: all.
        refused: proxied sources that have it and do not offer to change it.
        moved: expanded names of the attributes that this server leaves to others.
        here: whether anything is left for this server.
    """

    sent: tuple[tuple[Share, frozenset[str]], ...]
    refused: tuple[Registration, ...]
    moved: frozenset[str]
    here: bool


async def spread(
    call: Call,
    doing: Doing,
    context: Context,
    visit: Visit,
    here: Here,
    types: TypeQuery | None = None,
) -> Reply:
    """Carry out a write here and elsewhere.

    Args:
        call: the request.
        doing: the write.
        context: of the client.
        visit: the request as others learn of it.
        here: does this server's part, given what is left of the document.
        types: which types the entity may have.

    Raises:
        KotaError: the only broker that had to do it refused.
        LoopError: the request has been here before.
        ForbiddenError: the caller's rights end within this town, and others are concerned.
    """
    asked = Asked(
        types=await _types(call, doing, types, context),
        ids=(doing.entity_id,),
        attributes=_attributes(doing, context),
    )
    parted = part(call, asked, doing.operation, visit)
    parted = await _present(call, doing, parted)
    work = [_sent(call, doing, share, names, context, visit) for share, names in parted.sent]
    if parted.here:
        work.append(_ours(doing, context, parted.moved, here))
    outcomes: list[Reply | KotaError] = list(await asyncio.gather(*work))
    outcomes += [not_offered(one, doing.operation) for one in parted.refused]
    return _composed(doing, outcomes, own=len(work) - 1 if parted.here else None)


async def spread_purge(
    call: Call, searched: Searched, context: Context, visit: Visit, here: Coroutine[Any, Any, None]
) -> Reply:
    """Delete the entities that match, here and where others hold them (5.6.21).

    Args:
        call: the request.
        searched: which entities.
        context: of the client.
        visit: the request as others learn of it.
        here: does this server's part.

    Raises:
        LoopError: the request has been here before.
        ForbiddenError: the caller's rights end within this town, and others are concerned.
    """
    try:
        parted = part(call, searched.asked, operations.PURGE, visit)
    except KotaError:
        here.close()
        raise
    await here
    given = parse_qsl(call.scope["query_string"].decode("latin-1"))
    kept = [(name, value) for name, value in given if name in ("keep", "drop")]

    async def purged(share: Share) -> KotaError | None:
        federation, registration = federation_of(call), share.registration
        try:
            wire = await federation.words(registration, context)
            query = [*parameters_of(searched, share, wire)]
            for name, value in kept:
                names = [wire.context.compact(context.expand(one)) for one in value.split(",")]
                query.append((name, ",".join(names)))
            ask = Ask(method="DELETE", path="/entities", wire=wire, query=tuple(query))
            return refusal_of(registration, await federation.peers.ask(registration, ask, visit))
        except PeerError as error:
            return failure_of(registration, error)
        except KotaError as error:
            return error

    outcomes = await asyncio.gather(*(purged(share) for share, _ in parted.sent))
    failed = [one for one in outcomes if one is not None]
    failed += [not_offered(one, operations.PURGE) for one in parted.refused]
    if not failed:
        return NO_CONTENT
    body = {"success": [], "errors": [{"entityId": "", "error": details(one)} for one in failed]}
    return Reply(207, msgspec.json.encode(body), _JSON)


def part(call: Call, asked: Asked, operation: str, visit: Visit) -> Parted:
    """Share out a write between this server and those that are registered for it.

    Raises:
        LoopError: the request has been here before.
        ForbiddenError: the caller's rights end within this town, and others are concerned.
    """
    refuse_loop(call, visit)
    shared = federation_of(call).shares(asked, visit)
    found = [one for one in shared if one.registration.mode != "auxiliary"]
    proxied = [one for one in found if one.registration.proxied]
    able = [one for one in found if one.registration.offers(operation)]
    if call.services.lens is not None and (proxied or able):
        raise ForbiddenError(
            "other brokers hold this too, and your rights end within this town",
            hint="write with local=true, or ask for rights to the whole town",
        )
    moved = frozenset[str]()
    for one in proxied:
        moved |= one.attributes or asked.attributes
    whole = any(not one.attributes for one in proxied)
    return Parted(
        tuple((one, one.attributes) for one in able),
        tuple(one.registration for one in proxied if not one.registration.offers(operation)),
        moved,
        not (whole or (moved and moved == asked.attributes)),
    )


def refuse_loop(call: Call, visit: Visit) -> None:
    """Refuse a write that this server has forwarded itself: its part of it is done.

    Raises:
        LoopError: it has.
    """
    federation = federation_of(call)
    if federation.loops(visit):
        raise LoopError(f"Via: the request came back to {federation.peers.alias}")


def not_offered(registration: Registration, operation: str) -> ConflictError:
    """The error for a source that alone holds something and does not offer to change it."""
    return ConflictError(f"{registration.id} holds this and does not offer {operation}")


def entity_path(entity_id: str, *more: str) -> str:
    """The path of an entity, or below it."""
    return "/entities/" + "/".join(quote(one, safe=":") for one in (entity_id, *more))


def passed_on(call: Call) -> tuple[tuple[str, str], ...]:
    """The parameters of a request that travel along as they are."""
    given = parse_qsl(call.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return tuple((name, value) for name, value in given if name in _PASSED)


def refusal_of(registration: Registration, told: Told) -> ElsewhereError | None:
    """What a source refused, or None where it did what it was asked.

    One that says 508 was reached before, on another way, and has done its part; where it alone
    was to do it, the request would go round without end.
    """
    if 200 <= told.status < 300 and told.status != 207:
        return None
    if told.status == LOOPED and not registration.proxied:
        return None
    body = told.body if isinstance(told.body, dict) else {}
    kind, title = body.get("type"), body.get("title")
    name = kind.removeprefix(ERRORS) if isinstance(kind, str) and kind.startswith(ERRORS) else ""
    shown = body.get("detail") or title
    return ElsewhereError(
        told.status if 400 <= told.status < 600 else 502,
        title if isinstance(title, str) else "Refused elsewhere",
        f"{registration.id}: {shown if isinstance(shown, str) else f'answered {told.status}'}",
        name=name if name.isalpha() else "",
    )


def failure_of(registration: Registration, error: PeerError) -> ElsewhereError:
    """The error for a source that gave no answer."""
    title = "Gateway timeout" if error.status == 504 else "Bad gateway"
    return ElsewhereError(error.status, title, f"{registration.id}: {error.reason}")


async def _types(
    call: Call, doing: Doing, types: TypeQuery | None, context: Context
) -> TypeQuery | None:
    """The types of the entity: as given, as sent, or as it is known here."""
    if types is not None:
        return types
    given = (doing.document or {}).get("type")
    if given:
        names = given if isinstance(given, list) else [given]
        return of([context.expand(name) for name in names])
    try:
        return of((await call.services.broker.retrieve(doing.entity_id)).types)
    except NotFoundError:
        return None


def _attributes(doing: Doing, context: Context) -> frozenset[str]:
    if doing.attribute is not None:
        return frozenset({doing.attribute})
    return frozenset(attribute_names(doing.document or {}, context).values())


async def _present(call: Call, doing: Doing, parted: Parted) -> Parted:
    """A whole entity of which others alone hold something concerns this server if it has it."""
    proxied = parted.refused or any(share.registration.proxied for share, _ in parted.sent)
    if doing.document is not None or doing.attribute is not None or not proxied:
        return parted
    try:
        await call.services.broker.retrieve(doing.entity_id)
    except NotFoundError:
        return msgspec.structs.replace(parted, here=False)
    return msgspec.structs.replace(parted, here=True)


async def _ours(
    doing: Doing, context: Context, moved: frozenset[str], here: Here
) -> Reply | KotaError:
    document = doing.document or {}
    try:
        return await here(without(document, context, moved) if moved else dict(document))
    except KotaError as error:
        return error


async def _sent(
    call: Call,
    doing: Doing,
    share: Share,
    names: frozenset[str],
    context: Context,
    visit: Visit,
) -> Reply | KotaError:
    federation, registration = federation_of(call), share.registration
    try:
        wire = await federation.words(registration, context)
        path, body = doing.path, doing.body
        if doing.document is not None:
            body = reworded(only(doing.document, context, names), context, wire.context)
        elif body is not None:
            body = reworded_attribute(body, context, wire.context)
        if doing.attribute is not None:
            path += quote(wire.context.compact(doing.attribute), safe=":")
        ask = Ask(method=doing.method, path=path, wire=wire, query=passed_on(call), body=body)
        told = await federation.peers.ask(registration, ask, visit)
    except PeerError as error:
        return failure_of(registration, error)
    except KotaError as error:
        return error
    return refusal_of(registration, told) or doing.done


def _composed(doing: Doing, outcomes: list[Reply | KotaError], own: int | None) -> Reply:
    """One answer of all: success, the only one's refusal, or who did what (clause 6.3.17)."""
    failed = [one for one in outcomes if isinstance(one, KotaError)]
    if not failed:
        ours = outcomes[own] if own is not None else None
        return ours if isinstance(ours, Reply) else doing.done
    if len(outcomes) == 1:
        raise failed[0]
    body = {
        "success": [] if len(failed) == len(outcomes) else [doing.entity_id],
        "errors": [{"entityId": doing.entity_id, "error": details(one)} for one in failed],
    }
    return Reply(207, msgspec.json.encode(body), _JSON)
