"""``/entityOperations``: many entities in one request (clauses 6.14 to 6.17 and 6.31)."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.federating import visit_of
from kota.api.ngsi_ld.problem import details
from kota.api.ngsi_ld.reply import NO_CONTENT, Reply
from kota.api.ngsi_ld.spreading_batch import (
    CREATING,
    MERGING,
    UPDATING,
    UPSERTING,
    Batch,
    Read,
    delete_all,
    write_all,
)
from kota.context import batch
from kota.context.batch import Outcome, Step
from kota.errors import BadRequestDataError, KotaError
from kota.model.jsonld import Context
from kota.model.names import require_uri
from kota.model.payload import parse_entity, parse_fragment
from kota.model.payload_patch import parse_patch

CREATE: Final = frozenset({"local"})
WITH_OPTIONS: Final = frozenset({"local", "options"})
MERGE: Final = frozenset({"format", "lang", "local", "observedAt", "options"})

BREATH: Final = 200
"""After so many entities other requests get their turn."""

_JSON: Final = ((b"content-type", b"application/json"),)


async def create(call: Call) -> Reply:
    """Create entities (5.6.7)."""
    local = call.parameters(CREATE).local
    now = call.services.clock.now()
    outcome = await _run(
        call,
        CREATING,
        lambda one, context: batch.creating(parse_entity(one, context, now=now)),
        local=local,
    )
    return _mixed(outcome) if outcome.failed else _created(outcome)


async def upsert(call: Call) -> Reply:
    """Create entities, or replace or update those that are there (5.6.8)."""
    parameters = call.parameters(WITH_OPTIONS)
    options = parameters.options
    now = call.services.clock.now()
    if {"replace", "update"} <= options:
        raise BadRequestDataError("options: replace and update exclude each other")

    def read(one: dict[str, Any], context: Context) -> Step:
        entity = parse_entity(one, context, now=now)
        if "update" in options:
            return batch.updating(entity, now=now)
        return batch.replacing(entity)

    outcome = await _run(call, UPSERTING, read, local=parameters.local)
    if outcome.failed:
        return _mixed(outcome)
    return _created(outcome) if outcome.created else NO_CONTENT


async def update(call: Call) -> Reply:
    """Append to entities that are there (5.6.9)."""
    parameters = call.parameters(WITH_OPTIONS)
    overwrite = "noOverwrite" not in parameters.options
    now = call.services.clock.now()

    def read(one: dict[str, Any], context: Context) -> Step:
        fragment = parse_fragment(one, context, now=now)
        if fragment.deleted:
            raise BadRequestDataError("null cannot be appended")
        return batch.appending(_id(fragment.id), fragment, now=now, overwrite=overwrite)

    outcome = await _run(call, UPDATING, read, local=parameters.local)
    return _mixed(outcome) if outcome.failed else NO_CONTENT


async def merge(call: Call) -> Reply:
    """Merge into entities that are there (5.6.20)."""
    parameters = call.parameters(MERGE)
    now = call.services.clock.now()

    def read(one: dict[str, Any], context: Context) -> Step:
        patch = parse_patch(one, context)
        return batch.merging(
            _id(patch.id),
            patch,
            now=now,
            observed_at=parameters.observed_at,
            lang=parameters.lang,
        )

    outcome = await _run(call, MERGING, read, local=parameters.local)
    return _mixed(outcome) if outcome.failed else NO_CONTENT


async def delete(call: Call) -> Reply:
    """Delete entities (5.6.10)."""
    local = call.parameters(CREATE).local
    ids = [require_uri(one, f"body[{at}]") for at, one in enumerate(await call.documents())]
    visit = visit_of(call, local=local)
    if visit is None:
        outcome = await batch.run(call.services.broker, [batch.deleting(one) for one in ids])
    else:
        outcome = await delete_all(call, ids, await call.context(), visit)
    return _mixed(outcome) if outcome.failed else NO_CONTENT


async def _run(call: Call, of: Batch, read: Read, *, local: bool | None) -> Outcome:
    documents = await call.documents()
    visit = visit_of(call, local=local)
    if visit is not None:
        return await write_all(call, documents, of, read, visit)
    steps: list[Step] = []
    refused: list[tuple[str, KotaError]] = []
    for number, document in enumerate(documents, 1):
        if not number % BREATH:
            await asyncio.sleep(0)
        if not isinstance(document, dict):
            raise BadRequestDataError("body: not every item is an object")
        try:
            steps.append(read(document, await call.context_of(document)))
        except KotaError as error:
            refused.append((str(document.get("id", "")), error))
    return await batch.run(call.services.broker, steps, refused)


def _id(given: str | None) -> str:
    if given is None:
        raise BadRequestDataError("id: missing")
    return given


def _created(outcome: Outcome) -> Reply:
    return Reply(201, msgspec.json.encode(outcome.created), _JSON)


def _mixed(outcome: Outcome) -> Reply:
    body = {
        "success": outcome.done,
        "errors": [
            {"entityId": entity_id, "error": details(error)} for entity_id, error in outcome.failed
        ],
    }
    return Reply(207, msgspec.json.encode(body), _JSON)


ENDPOINTS: Final = (
    Endpoint("entityOperations/create", {"POST": create}),
    Endpoint("entityOperations/upsert", {"POST": upsert}),
    Endpoint("entityOperations/update", {"POST": update}),
    Endpoint("entityOperations/merge", {"POST": merge}),
    Endpoint("entityOperations/delete", {"POST": delete}),
)
