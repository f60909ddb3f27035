"""Where observations from files go: straight into a store, to a running Kota, or to a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import aiohttp
import msgspec

from kota.connect.entity_names import entity_name
from kota.connect.mqtt_session import MqttSession
from kota.connect.novelty import unseen
from kota.connect.plant_clocks import CLOCK_TOPIC
from kota.connect.table import Step
from kota.context.ingest import Ingest, Patch
from kota.errors import ConnectError
from kota.model.entity import Entity
from kota.model.instant import render
from kota.model.jsonld import Context
from kota.model.payload import parse_entity
from kota.model.represent import represent
from kota.model.terms import KOTA_CONTEXT
from kota.store.history import HistoryStore
from kota.store.state import StateStore, Write

LINK: Final = f'<{KOTA_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"'
_OPERATIONS: Final = "/ngsi-ld/v1/entityOperations/"
_PAGE: Final = 1000
_RECORDING: Final = 5000
_ENCODE = msgspec.json.encode


class Sink(Protocol):
    """Takes observations and assets."""

    async def put(self, patches: Sequence[Patch]) -> None:
        """Return when they are durable; raises ConnectError or StoreError where they are not."""
        ...

    async def present(self, types: Sequence[str]) -> dict[str, Entity]:
        """The entities of any of these expanded types, by id."""
        ...

    async def remove(self, entity_ids: Sequence[str]) -> None:
        """Delete entities."""
        ...


class StoreSink:
    """Straight into an open store.

    Args:
        store: holds the entities.
        history: knows what was observed before.
        ingest: commits observations.
    """

    def __init__(self, store: StateStore, history: HistoryStore, ingest: Ingest) -> None:
        self._store = store
        self._history = history
        self._ingest = ingest

    async def put(self, patches: Sequence[Patch]) -> None:
        """Commit the observations that are new."""
        await self._ingest.observe(await unseen(self._history, patches))

    async def present(self, types: Sequence[str]) -> dict[str, Entity]:
        """The entities of any of these expanded types, by id."""
        return {entity.id: entity async for entity in self._store.scan(types)}

    async def remove(self, entity_ids: Sequence[str]) -> None:
        """Delete entities."""
        await self._store.apply([Write(entity_id, _nothing) for entity_id in entity_ids])


class ServerSink:
    """To a running Kota over HTTP.

    Args:
        http: sends the requests.
        url: of the server, ``http://HOST:PORT``.
        context: compacts names; the server knows it by its address.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, context: Context) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._context = context

    async def put(self, patches: Sequence[Patch]) -> None:
        """Send the observations; returns when the server has committed those that are new."""
        for start in range(0, len(patches), _RECORDING):
            entities = [
                represent(Entity(one.entity_id, one.types, one.attrs, one.scope), self._context)
                for one in patches[start : start + _RECORDING]
            ]
            await self._request("POST", "/api/v1/observations", {"entities": entities})

    async def remove(self, entity_ids: Sequence[str]) -> None:
        """Delete entities."""
        for start in range(0, len(entity_ids), _PAGE):
            await self._post("delete", list(entity_ids[start : start + _PAGE]))

    async def present(self, types: Sequence[str]) -> dict[str, Entity]:
        """The entities of any of these expanded types, by id."""
        found: dict[str, Entity] = {}
        for kind in types:
            for document in await self._all(self._context.compact(kind)):
                entity = parse_entity(document, self._context, now=0)
                found[entity.id] = entity
        return found

    async def _all(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            query = {"type": kind, "limit": _PAGE, "offset": len(found)}
            page = await self._request("GET", f"/ngsi-ld/v1/entities?{urlencode(query)}")
            found += page
            if len(page) < _PAGE:
                return found

    async def _post(self, operation: str, body: Any) -> None:
        await self._request("POST", _OPERATIONS + operation, body)

    async def _request(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json", "Link": LINK}
        data = None if body is None else _ENCODE(body)
        try:
            async with self._http.request(
                method, self._url + path, data=data, headers=headers
            ) as answer:
                text = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ConnectError(
                f"{self._url} does not answer: {error}", hint="is kota serve running there?"
            ) from error
        if answer.status >= 300:
            raise ConnectError(f"{self._url} refuses ({answer.status}): {text[:500]!r}")
        return msgspec.json.decode(text) if text else None


class MqttSink:
    """To a broker, as the devices themselves would publish.

    Args:
        session: an open connection.
        topic: template over the names of each series, such as ``/melbourne/{column}/attrs``.
        context: compacts attribute names to members of the payload.
        clock: plant whose clock is told with every step, or None.
    """

    def __init__(
        self, session: MqttSession, topic: str, context: Context, *, clock: str | None = None
    ) -> None:
        self._session = session
        self._topic = topic
        self._context = context
        self._clock = clock

    async def publish(self, step: Step, speed: float) -> None:
        """Publish what one row says; returns when the broker has it."""
        if self._clock is not None:
            told = {"now": render(step.at), "speed": speed}
            await self._session.publish(CLOCK_TOPIC + self._clock, _ENCODE(told))
        await asyncio.gather(
            *(
                self._session.publish(self._name(names), self._payload(patch, step.at))
                for patch, names in zip(step.patches, step.names, strict=True)
            )
        )

    def _name(self, names: Mapping[str, str]) -> str:
        topic = entity_name(self._topic, names)
        if "{" in topic or "+" in topic or "#" in topic:
            raise ConnectError(
                f"{topic!r} is no topic", hint=f"the names are {', '.join(sorted(names))}"
            )
        return topic

    def _payload(self, patch: Patch, at: int) -> bytes:
        members: dict[str, Any] = {"TimeInstant": render(at)}
        for name, instances in patch.attrs.items():
            members[self._context.compact(name)] = instances[0].value
        return _ENCODE(members)


def _nothing(_entity: Entity | None) -> None:
    return None
