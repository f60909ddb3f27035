"""Batches that this server and others carry out together (clauses 5.6.7 to 5.6.10 and 5.6.20)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.federating import federation_of
from kota.api.ngsi_ld.problem import ElsewhereError
from kota.api.ngsi_ld.spreading import (
    Parted,
    entity_path,
    failure_of,
    not_offered,
    part,
    passed_on,
    refusal_of,
    refuse_loop,
)
from kota.context import batch
from kota.context.batch import Outcome, Step
from kota.context.sources import operations
from kota.context.sources.matching import Asked
from kota.context.sources.peers import Ask, PeerError, Told, Visit
from kota.context.sources.registration import Registration
from kota.context.sources.wire import Wire, attribute_names, only, reworded, without
from kota.errors import BadRequestDataError, KotaError, NotFoundError
from kota.model.jsonld import Context
from kota.model.query.types import TypeQuery, of

Read = Callable[[dict[str, Any], Context], Step]


class Batch(msgspec.Struct, frozen=True):
    """A kind of batch, and what it is for one entity where a source knows no batches.

    Args:
        name: the last part of its path.
        operation: its name in registrations.
        single: the operation on one entity; None: there is none that does the same.
        method: of HTTP, of that operation.
        below: the path of that operation, below the entity; None: that of all entities.
    """

    name: str
    operation: str
    single: str | None
    method: str = ""
    below: tuple[str, ...] | None = ()


CREATING: Final = Batch("create", operations.CREATE_BATCH, operations.CREATE, "POST", None)
UPSERTING: Final = Batch("upsert", operations.UPSERT_BATCH, None)
UPDATING: Final = Batch("update", operations.UPDATE_BATCH, operations.APPEND, "POST", ("attrs", ""))
MERGING: Final = Batch("merge", operations.MERGE_BATCH, operations.MERGE, "PATCH")
DELETING: Final = Batch("delete", operations.DELETE_BATCH, operations.DELETE, "DELETE")


class _Parcel(msgspec.Struct):
    """What one source is sent: ids, and documents where there are any."""

    registration: Registration
    wire: Wire
    ids: list[str]
    documents: list[Any]


class _Tally:
    """What became of each entity, here and elsewhere."""

    def __init__(self) -> None:
        self.done: dict[str, None] = {}
        self.created: dict[str, None] = {}
        self.failed: list[tuple[str, KotaError]] = []

    def outcome(self) -> Outcome:
        """An entity is done that nobody failed with."""
        wrong = {entity_id for entity_id, _ in self.failed}
        return Outcome(
            tuple(one for one in self.done if one not in wrong),
            tuple(one for one in self.created if one not in wrong),
            tuple(self.failed),
        )


async def write_all(
    call: Call, documents: Sequence[Any], of_kind: Batch, read: Read, visit: Visit
) -> Outcome:
    """Carry out a batch here and elsewhere.

    Args:
        call: the request.
        documents: its body.
        of_kind: what is done to each entity.
        read: makes this server's step of a document.
        visit: the request as others learn of it.

    Raises:
        BadRequestDataError: an item is no object.
        LoopError: the request has been here before.
        ForbiddenError: the caller's rights end within this town, and others are concerned.
    """
    refuse_loop(call, visit)
    tally, parcels, steps = _Tally(), dict[tuple[str, str], _Parcel](), list[Step]()
    for document in documents:
        if not isinstance(document, dict):
            raise BadRequestDataError("body: not every item is an object")
        given = str(document.get("id", ""))
        try:
            context = await call.context_of(document)
            step = read(document, context)
            parted = await _parted(call, document, context, of_kind, visit, step.entity_id)
            if parted.here:
                left = without(document, context, parted.moved) if parted.moved else document
                steps.append(step if left is document else read(left, context))
        except (BadRequestDataError, NotFoundError) as error:
            tally.failed.append((given, error))
            continue
        for one in parted.refused:
            tally.failed.append((step.entity_id, not_offered(one, of_kind.operation)))
        for share, names in parted.sent:
            wire = await federation_of(call).words(share.registration, context)
            body = reworded(only(document, context, names), context, wire.context)
            _add(parcels, share.registration, wire, step.entity_id, body)
    await _carry_out(call, of_kind, steps, list(parcels.values()), visit, tally)
    return tally.outcome()


async def delete_all(call: Call, ids: Sequence[str], context: Context, visit: Visit) -> Outcome:
    """Delete entities here and elsewhere; see `write_all`."""
    tally, parcels, steps = _Tally(), dict[tuple[str, str], _Parcel](), list[Step]()
    for entity_id in ids:
        types = await _known(call, entity_id)
        asked = Asked(types=types, ids=(entity_id,))
        parted = _able(call, asked, DELETING, visit)
        proxied = parted.refused or any(one.registration.proxied for one, _ in parted.sent)
        if types is not None or not proxied:
            steps.append(batch.deleting(entity_id))
        for one in parted.refused:
            tally.failed.append((entity_id, not_offered(one, DELETING.operation)))
        for share, _ in parted.sent:
            wire = await federation_of(call).words(share.registration, context)
            _add(parcels, share.registration, wire, entity_id, entity_id)
    await _carry_out(call, DELETING, steps, list(parcels.values()), visit, tally)
    return tally.outcome()


async def _parted(
    call: Call,
    document: dict[str, Any],
    context: Context,
    of_kind: Batch,
    visit: Visit,
    entity_id: str,
) -> Parted:
    given = document.get("type")
    if given:
        names = given if isinstance(given, list) else [given]
        types: TypeQuery | None = of([context.expand(name) for name in names])
    else:
        types = await _known(call, entity_id)
    attributes = frozenset(attribute_names(document, context).values())
    asked = Asked(types=types, ids=(entity_id,), attributes=attributes)
    return _able(call, asked, of_kind, visit)


def _able(call: Call, asked: Asked, of_kind: Batch, visit: Visit) -> Parted:
    """Shared out among those that know the batch, or else the operation on one entity."""
    parted = part(call, asked, of_kind.operation, visit)
    if of_kind.single is None:
        return parted
    singly = part(call, asked, of_kind.single, visit)
    known = {share.registration.id for share, _ in parted.sent}
    more = tuple(one for one in singly.sent if one[0].registration.id not in known)
    able = known | {share.registration.id for share, _ in more}
    return msgspec.structs.replace(
        parted,
        sent=(*parted.sent, *more),
        refused=tuple(one for one in parted.refused if one.id not in able),
    )


async def _known(call: Call, entity_id: str) -> TypeQuery | None:
    try:
        return of((await call.services.broker.retrieve(entity_id)).types)
    except NotFoundError:
        return None


def _add(
    parcels: dict[tuple[str, str], _Parcel],
    registration: Registration,
    wire: Wire,
    entity_id: str,
    body: Any,
) -> None:
    key = (registration.id, wire.address)
    parcel = parcels.get(key)
    if parcel is None:
        parcel = parcels[key] = _Parcel(registration, wire, [], [])
    parcel.ids.append(entity_id)
    parcel.documents.append(body)


async def _carry_out(
    call: Call,
    of_kind: Batch,
    steps: list[Step],
    parcels: list[_Parcel],
    visit: Visit,
    tally: _Tally,
) -> None:
    async def ours() -> None:
        if not steps:
            return
        outcome = await batch.run(call.services.broker, steps)
        tally.done |= dict.fromkeys(outcome.done)
        tally.created |= dict.fromkeys(outcome.created)
        tally.failed += outcome.failed

    await asyncio.gather(ours(), *(_delivered(call, of_kind, one, visit, tally) for one in parcels))


async def _delivered(
    call: Call, of_kind: Batch, parcel: _Parcel, visit: Visit, tally: _Tally
) -> None:
    if not parcel.registration.offers(of_kind.operation):
        await asyncio.gather(
            *(
                _delivered_one(call, of_kind, parcel, number, visit, tally)
                for number in range(len(parcel.ids))
            )
        )
        return
    ask = Ask(
        method="POST",
        path=f"/entityOperations/{of_kind.name}",
        wire=parcel.wire,
        query=passed_on(call),
        body=parcel.documents,
    )
    told = await _told(call, parcel, ask, visit)
    if isinstance(told, ElsewhereError):
        tally.failed += [(one, told) for one in parcel.ids]
        return
    failed = _failures(parcel, told)
    tally.failed += failed
    wrong = {entity_id for entity_id, _ in failed}
    tally.done |= dict.fromkeys(one for one in parcel.ids if one not in wrong)
    if told.status == 201:
        named = told.body if isinstance(told.body, list) else parcel.ids
        tally.created |= dict.fromkeys(one for one in parcel.ids if one in named)


async def _delivered_one(
    call: Call, of_kind: Batch, parcel: _Parcel, number: int, visit: Visit, tally: _Tally
) -> None:
    entity_id, body = parcel.ids[number], parcel.documents[number]
    path = "/entities" if of_kind.below is None else entity_path(entity_id, *of_kind.below)
    ask = Ask(
        method=of_kind.method,
        path=path,
        wire=parcel.wire,
        query=passed_on(call),
        body=None if of_kind is DELETING else body,
    )
    told = await _told(call, parcel, ask, visit)
    refused = told if isinstance(told, ElsewhereError) else refusal_of(parcel.registration, told)
    if refused is not None:
        tally.failed.append((entity_id, refused))
        return
    tally.done[entity_id] = None
    if of_kind is CREATING:
        tally.created[entity_id] = None


async def _told(call: Call, parcel: _Parcel, ask: Ask, visit: Visit) -> Told | ElsewhereError:
    try:
        told = await federation_of(call).peers.ask(parcel.registration, ask, visit)
    except PeerError as error:
        return failure_of(parcel.registration, error)
    if told.status == 207:
        return told
    return refusal_of(parcel.registration, told) or told


def _failures(parcel: _Parcel, told: Told) -> list[tuple[str, KotaError]]:
    """What a source could not do of a batch, by the table of its answer (clause 5.2.16)."""
    if told.status != 207:
        return []
    errors = told.body.get("errors") if isinstance(told.body, dict) else None
    if not isinstance(errors, list):
        error = ElsewhereError(502, "Bad gateway", f"{parcel.registration.id}: answered nonsense")
        return [(one, error) for one in parcel.ids]
    found: list[tuple[str, KotaError]] = []
    for one in errors:
        entity_id = one.get("entityId") if isinstance(one, dict) else None
        if entity_id not in parcel.ids:
            continue
        problem = one.get("error")
        problem = problem if isinstance(problem, dict) else {}
        status = problem.get("status")
        refused = refusal_of(
            parcel.registration, Told(status if isinstance(status, int) else 502, problem)
        )
        if refused is not None:
            found.append((entity_id, refused))
    return found
