"""Fifty thousand attempts to read or act across areas, purposes and tenants, by every way there is.

    python -m benchmarks.access_leaks --requests 50000 --seed 1

Requests are generated and sent through the whole application in this process, to four tenants of a
tree. An answer leaks where it holds a value of another tenant, whoever asks, a value that its
reader may not see, an entity that he may not see, a count or a selection that could only come of
what is hidden. A change leaks where it touches what its author may not change. What is right is
worked out in `access_world`, which shares no code with Kota's policy.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import quote

from benchmarks.access_operating import Operating, define, lighting
from benchmarks.access_wire import Receiver, Reply, Watcher, call
from benchmarks.access_world import (
    PROTECTS,
    SCOPES,
    TREE,
    TYPES,
    Actor,
    Registry,
    Thing,
    World,
    population,
)
from benchmarks.report import emit, machine
from kota.access.identity import Grant
from kota.access.right import Role
from kota.access.tenant import Tenant
from kota.api.app import Door, application
from kota.config import Settings
from kota.runtime import Kota, opened
from kota.store.state import Change, Write

NGSI: Final = "/ngsi-ld/v1"
LINK: Final = (
    '<urn:kota:context:v1>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
)
PURPOSES: Final = (None, None, "care", "video", "feedback", "billing", "anything")
ALWAYS: Final = "timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"


class Campaign:
    """Generates requests, sends them and judges what comes of them.

    Args:
        kota: rooms of one tenant.
        world: what is in it and who.
        folder: for exports.
        app: of the whole Kota.
    """

    def __init__(self, kota: Kota, world: World, folder: Path, app: Door) -> None:
        self.kota = kota
        self.world = world
        self.rng = world.rng
        self.app = app
        self.others: list[Campaign] = []
        self.folder = folder
        self.kinds: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.leaks: list[str] = []
        self.changes: list[Change] = []
        self.past: list[tuple[str, str | None]] = []
        self.next = 10_000 * (2 + list(TREE).index(world.tenant))
        kota.state.on_commit(self._committed)
        self._record_history()
        self.ways: list[tuple[float, str, Callable[[Actor, str | None], Awaitable[None]]]] = [
            (10, "retrieve", self.retrieve),
            (18, "query", self.query),
            (6, "query by post", self.query_by_post),
            (5, "join", self.join),
            (8, "temporal", self.temporal),
            (10, "write", self.write),
            (10, "batch", self.batch),
            (4, "temporal write", self.temporal_write),
            (6, "discovery", self.discovery),
            (14, "own API", self.own),
            (5, "others' subscriptions", self.subscriptions),
            (2, "tenant", self.tenant),
            (3, "forged", self.forged),
            (0.04, "export", self.export),
        ]
        self.operating = Operating(self)
        self.ways += self.operating.ways

    def _committed(self, changes: Sequence[Change]) -> None:
        """Keep what became of the town's things; alarms and orders follow by themselves."""
        own = [one for one in changes if one.entity.id.startswith(("urn:k:", "urn:h:"))]
        self.changes.extend(own)
        for change in own:
            if change.after is not None:
                scopes = tuple(scope.lstrip("/") for scope in change.after.scope)
                self.world.been.setdefault(change.after.id, set()).add(scopes)

    async def one(self) -> None:
        """Try one way."""
        _, kind, way = self.rng.choices(self.ways, [one[0] for one in self.ways])[0]
        self.kinds[kind] += 1
        known = [one for one in self.world.actors if one.knows(self.world.tenant)]
        actors = known if known and self.rng.random() < 0.7 else self.world.actors
        await way(self.rng.choice(actors), self.rng.choice(PURPOSES))

    async def ask(
        self,
        actor: Actor,
        purpose: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        whole: bool = False,
    ) -> Reply:
        """One request; its answer is searched for what should not be there."""
        headers = {"link": LINK, **actor.headers}
        tenant = self.world.tenant
        if tenant != "city" or self.rng.random() < 0.2:
            headers["ngsild-tenant"] = tenant
        if purpose is not None:
            headers["kota-purpose"] = purpose
        reply = await call(self.app, method, path, headers, body)
        self.statuses[reply.status] += 1
        sent = (path + json.dumps(body)).encode()
        if "type=Hub" in path:  # the ids that a hub links to are its own, what they name is not
            sent += repr(list(self.world.things)).encode()
        shown = reply.body + repr(reply.headers).encode()
        for leak in self.world.leaks(actor, purpose, shown, sent, whole=whole):
            self.report(actor, purpose, method, path, leak)
        if tenant != "city" and not actor.knows(tenant) and reply.status not in (401, 404):
            self.report(actor, purpose, method, path, f"tells that there is a {tenant}")
        if reply.status >= 500 and reply.status not in (501,):
            self.report(actor, purpose, method, path, f"failed: {reply.body[:200]!r}")
        return reply

    def report(self, actor: Actor, purpose: str | None, method: str, path: str, what: str) -> None:
        """Keep a leak."""
        who = f"{actor.name} {actor.shares} for {purpose} in {self.world.tenant}"
        self.leaks.append(f"{who}: {method} {path}: {what}")

    def visible(self, actor: Actor, purpose: str | None) -> list[Thing]:
        """The entities that an actor may see."""
        return [one for one in self.world.things.values() if actor.shows(one, None, purpose)]

    def some(self) -> Thing:
        """Any entity."""
        return self.rng.choice(list(self.world.things.values()))

    async def retrieve(self, actor: Actor, purpose: str | None) -> None:
        thing = self.some()
        attribute = self.rng.choice(TYPES[thing.kind])
        extra = self.rng.choice(
            (
                "",
                "?format=simplified",
                f"?pick={attribute}",
                f"?attrs={attribute}",
                "?options=sysAttrs",
                f"?omit={attribute}",
                f"?type={thing.kind}",
            )
        )
        path = f"{NGSI}/entities/{thing.id}{extra}"
        reply = await self.ask(actor, purpose, "GET", path)
        if reply.status == 200 and not actor.shows(thing, None, purpose):
            self.report(actor, purpose, "GET", path, "is there")

    def condition(self) -> tuple[str, str, str, Callable[[Thing], bool]]:
        """A condition on some attribute: type, attribute, q and the same for the oracle."""
        thing = self.some()
        name = self.rng.choice(TYPES[thing.kind])
        value = thing.values[name]
        kind = thing.kind
        start = value[: self.rng.choice((2, 3, 4))]
        tests: list[tuple[str, Callable[[Thing], bool]]] = [
            (f'{name}=="{value}"', lambda one: one.values.get(name) == value),
            (f'{name}!="{value}"', lambda one: one.values.get(name, value) != value),
            (f'{name}~="^{start}"', lambda one: one.values.get(name, "").startswith(start)),
            (f"{name}", lambda one: name in one.values),
            (f"!{name}", lambda one: name not in one.values),
        ]
        text, test = self.rng.choice(tests)
        return kind, name, text, test

    def expected(
        self,
        actor: Actor,
        purpose: str | None,
        kind: str,
        name: str,
        test: Callable[[Thing], bool],
    ) -> set[str]:
        """Which entities a condition selects of what an actor sees."""
        found = set()
        for one in self.visible(actor, purpose):
            if one.kind != kind:
                continue
            seen = Thing(one.id, one.kind, one.scopes, one.tenant, dict(one.values))
            if not actor.shows(one, name, purpose):
                seen.values.pop(name, None)
            if test(seen):
                found.add(one.id)
        return found

    def judge(
        self,
        actor: Actor,
        purpose: str | None,
        path: str,
        reply: Reply,
        expected: set[str],
    ) -> None:
        """Compare a selection, and its count, with what should be selected."""
        if reply.status != 200:
            return
        found = {one["id"] for one in json.loads(reply.body)}
        if not found <= expected:
            self.report(actor, purpose, "GET", path, f"selects {sorted(found - expected)}")
        count = reply.headers.get("ngsild-results-count")
        if count is not None and int(count) != len(expected):
            self.report(actor, purpose, "GET", path, f"counts {count}, not {len(expected)}")

    async def query(self, actor: Actor, purpose: str | None) -> None:
        kind, name, text, test = self.condition()
        order = self.rng.choice(("", f"&orderBy={name}", f"&orderBy={name};desc"))
        limit = self.rng.choice((1, 5, 1000))
        scope = ""
        way: Callable[[Thing], bool] = test
        if self.rng.random() < 0.2:
            area = self.rng.choice(SCOPES)
            scope = f"&scopeQ=/{area}/%23"
            words = area.split("/")

            def way(one: Thing) -> bool:
                inside = any(s.split("/")[: len(words)] == words for s in one.scopes)
                return inside and test(one)

        path = f"{NGSI}/entities?type={kind}&q={quote(text)}&count=true&limit={limit}{order}{scope}"
        reply = await self.ask(actor, purpose, "GET", path)
        if not scope:
            self.judge(actor, purpose, path, reply, self.expected(actor, purpose, kind, name, way))

    async def query_by_post(self, actor: Actor, purpose: str | None) -> None:
        kind, name, text, test = self.condition()
        body = {"type": "Query", "entities": [{"type": kind}], "q": text}
        path = f"{NGSI}/entityOperations/query?count=true&limit=1000"
        reply = await self.ask(actor, purpose, "POST", path, body)
        self.judge(actor, purpose, path, reply, self.expected(actor, purpose, kind, name, test))

    async def join(self, actor: Actor, purpose: str | None) -> None:
        """Links lead from one of the town's hubs, which everybody sees, to everything."""
        name = self.rng.choice(("inline", "flat"))
        path = f"{NGSI}/entities?type=Hub&join={name}&joinLevel=2"
        if self.rng.random() < 0.5:
            thing = self.some()
            attribute = self.rng.choice(TYPES[thing.kind])
            linked = f'leadsTo{{{attribute}=="{thing.values[attribute]}"}}'
            path += f"&q={quote(linked)}&count=true"
            reply = await self.ask(actor, purpose, "GET", path)
            told = int(reply.headers.get("ngsild-results-count", "0"))
            if told and not actor.shows(thing, attribute, purpose):
                self.report(actor, purpose, "GET", path, "follows a link to what is hidden")
            return
        reply = await self.ask(actor, purpose, "GET", path)
        if reply.status == 200:
            for written in _entities(json.loads(reply.body)):
                thing = self.world.things.get(written)
                if thing is not None and not actor.shows(thing, None, purpose):
                    self.report(actor, purpose, "GET", path, f"joins {written}")

    async def temporal(self, actor: Actor, purpose: str | None) -> None:
        kind, name, text, _ = self.condition()
        thing = self.some()
        choice = self.rng.randrange(4)
        if choice == 0:
            path = f"{NGSI}/temporal/entities/{thing.id}?timeproperty=modifiedAt"
            reply = await self.ask(actor, purpose, "GET", path + "&options=temporalValues")
            if reply.status == 200 and not actor.shows(thing, None, purpose):
                self.report(actor, purpose, "GET", path, "has a past")
            return
        if choice == 1:
            path = f"{NGSI}/temporal/entities?type={kind}&{ALWAYS}&attrs={name}&lastN=3"
            await self.ask(actor, purpose, "GET", path)
            return
        if choice == 2:
            body = {
                "type": "Query",
                "entities": [{"type": kind}],
                "q": text,
                "temporalQ": {
                    "timerel": "after",
                    "timeAt": "2020-01-01T00:00:00Z",
                    "timeproperty": "modifiedAt",
                },
            }
            await self.ask(
                actor, purpose, "POST", f"{NGSI}/temporal/entityOperations/query?limit=1000", body
            )
            return
        path = f"{NGSI}/temporal/entities?type={kind}&q={quote(text)}&{ALWAYS}&limit=1000"
        reply = await self.ask(actor, purpose, "GET", path)
        if reply.status in (200, 206) and not text.startswith("!"):
            found = {one["id"] for one in json.loads(reply.body)}
            for entity_id in sorted(found):  # values that it had count too, and are not known here
                thing = self.world.things[entity_id]
                if not actor.shows(thing, None, purpose) or not actor.shows(thing, name, purpose):
                    self.report(actor, purpose, "GET", path, f"selects {entity_id}")

    async def discovery(self, actor: Actor, purpose: str | None) -> None:
        seen = Counter(one.kind for one in self.visible(actor, purpose))
        kind = self.rng.choice(list(TYPES))
        reply = await self.ask(actor, purpose, "GET", f"{NGSI}/types/{kind}")
        if reply.status == 200:
            facts = json.loads(reply.body)
            names = {one["attributeName"] for one in facts["attributeDetails"]}
            allowed = {
                name
                for one in self.visible(actor, purpose)
                if one.kind == kind
                for name in one.values
                if actor.shows(one, name, purpose)
            }
            if facts["entityCount"] != seen[kind] or not names <= allowed:
                self.report(actor, purpose, "GET", f"types/{kind}", "tells of what is hidden")
        name = self.rng.choice(TYPES[kind])
        await self.ask(actor, purpose, "GET", f"{NGSI}/attributes/{name}")
        await self.ask(actor, purpose, "GET", f"{NGSI}/types?details=true")

    async def own(self, actor: Actor, purpose: str | None) -> None:
        thing = self.some()
        name = self.rng.choice(TYPES[thing.kind])
        paths = (
            f"/api/v1/entities/{thing.id}",
            "/api/v1/map",
            f"/api/v1/map?types={thing.kind}",
            f"/api/v1/search?q={thing.id[-6:]}&limit=200",
            f"/api/v1/search?q={thing.values[name]}",
            f"/api/v1/history?entity={thing.id}&attribute={name}&start=2020-01-01T00:00:00Z",
            f"/api/v1/history.csv?entity={thing.id}&attribute={name}&start=2020-01-01T00:00:00Z",
            "/api/v1/types",
            "/api/v1/alarms",
            "/api/v1/alarms/groups",
            "/api/v1/health",
            "/api/v1/letters",
            "/api/v1/devices",
            "/metrics",
        )
        path = self.rng.choice(paths)
        reply = await self.ask(actor, purpose, "GET", path)
        there = path.startswith("/api/v1/entities/") and reply.status == 200
        if there and not actor.shows(thing, None, purpose):
            self.report(actor, purpose, "GET", path, "is there")
        if path == "/api/v1/types" and reply.status == 200:
            told = {one["type"]: one["count"] for one in json.loads(reply.body)}
            seen = Counter(one.kind for one in self.visible(actor, purpose))
            if {kind: told.get(kind, 0) for kind in TYPES} != {k: seen[k] for k in TYPES}:
                self.report(actor, purpose, "GET", path, f"counts {told}")

    async def changing(
        self, actor: Actor, purpose: str | None, method: str, path: str, body: Any
    ) -> None:
        """A request that may change something: only what the actor may change, then undone."""
        self.changes.clear()
        self.past.clear()
        await self.ask(actor, purpose, method, path, body)
        for change in self.changes:
            self._judge_change(actor, purpose, method, path, change)
        for entity_id, attribute in self.past:
            thing = self.world.things.get(entity_id)
            if thing is not None and not actor.changes(thing, attribute, purpose):
                self.report(actor, purpose, method, path, f"changes the past of {entity_id}")
        await self._undo()

    def _judge_change(
        self, actor: Actor, purpose: str | None, method: str, path: str, change: Change
    ) -> None:
        compact = self.kota.names.compact
        for entity in (change.before, change.after):
            if entity is None:
                continue
            scopes = tuple(scope.lstrip("/") for scope in entity.scope)
            kinds = [compact(kind) for kind in entity.types]
            for kind in kinds:
                thing = Thing(entity.id, kind, scopes, self.world.tenant)
                names = [compact(name) for name in change.attributes()]
                if change.after is None:
                    names += list(PROTECTS.get(kind, {}))
                for name in (None, *names):
                    if not actor.changes(thing, name, purpose):
                        words = f"changes {name or ''} of {entity.id} in {scopes}"
                        self.report(actor, purpose, method, path, words)

    async def _undo(self) -> None:
        before = {}
        for change in reversed(self.changes):
            before[change.entity.id] = change.before
        writes = [Write(key, lambda _, one=one: one) for key, one in before.items()]
        if writes:
            await self.kota.state.apply(writes)
        self.changes.clear()

    def mutation(self, thing: Thing) -> dict[str, Any]:
        """Attributes to be written, new values of their own."""
        names = self.rng.sample(TYPES[thing.kind], self.rng.choice((1, 1, 2)))
        body: dict[str, Any] = {
            name: {"type": "Property", "value": self.world.token(thing, name)} for name in names
        }
        if self.rng.random() < 0.15:
            body["scope"] = [f"/{self.rng.choice(SCOPES)}"]
        return body

    def body_for(self, thing: Thing) -> dict[str, Any]:
        """A whole entity under the id of one that may be there, placed anywhere."""
        body = {"id": thing.id, "type": thing.kind, **self.mutation(thing)}
        if self.rng.random() < 0.7:
            body["scope"] = [f"/{one}" for one in self.rng.choice((thing.scopes, ("kl/east",)))]
        if not body.get("scope"):
            body.pop("scope", None)
        return body

    def new(self) -> Thing:
        """An entity that is not there."""
        self.next += 1
        kind = self.rng.choice(list(TYPES))
        scopes = tuple(self.rng.sample(SCOPES, self.rng.choice((0, 1))))
        return Thing(f"urn:k:{kind.lower()}:{self.next}", kind, scopes, self.world.tenant)

    async def write(self, actor: Actor, purpose: str | None) -> None:
        thing = self.some()
        name = self.rng.choice(TYPES[thing.kind])
        path = f"{NGSI}/entities/{thing.id}"
        choices: list[tuple[str, str, Any]] = [
            ("PATCH", path, self.mutation(thing)),
            ("PUT", path, self.body_for(thing)),
            ("DELETE", path, None),
            ("POST", f"{path}/attrs", self.mutation(thing)),
            ("PATCH", f"{path}/attrs", self.mutation(thing)),
            ("PATCH", f"{path}/attrs/{name}", {"value": self.world.token(thing, name)}),
            ("PUT", f"{path}/attrs/{name}", {"type": "Property", "value": "x"}),
            ("DELETE", f"{path}/attrs/{name}", None),
            ("DELETE", f"{path}/attrs/scope", None),
            ("POST", f"{NGSI}/entities", self.body_for(thing)),
            (
                "POST",
                f"{NGSI}/entities",
                self.new().body() | {"room": {"type": "Property", "value": "x"}},
            ),
            ("DELETE", f"{NGSI}/entities?type={thing.kind}&drop={name}", None),
            ("DELETE", f"{NGSI}/entities?type={thing.kind}&q={name}", None),
        ]
        await self.changing(actor, purpose, *self.rng.choice(choices))

    async def batch(self, actor: Actor, purpose: str | None) -> None:
        things = [self.some() for _ in range(self.rng.choice((1, 2, 5)))]
        bodies: list[Any] = [self.body_for(one) for one in things]
        verb = self.rng.choice(("create", "upsert", "update", "merge", "delete"))
        if verb == "delete":
            bodies = [one.id for one in things]
        option = self.rng.choice(("", "?options=update")) if verb == "upsert" else ""
        path = f"{NGSI}/entityOperations/{verb}{option}"
        await self.changing(actor, purpose, "POST", path, bodies)

    async def temporal_write(self, actor: Actor, purpose: str | None) -> None:
        thing = self.some()
        name = self.rng.choice(TYPES[thing.kind])
        path = f"{NGSI}/temporal/entities"
        value = [{"type": "Property", "value": "w", "observedAt": "2026-01-01T00:00:00Z"}]
        whole = {"id": thing.id, "type": thing.kind, name: value}
        choices: list[tuple[str, str, Any]] = [
            ("POST", path, whole),
            ("POST", f"{path}/{thing.id}/attrs", {name: value}),
        ]
        if not any(actor.changes(thing, n, purpose) for n in (None, *TYPES[thing.kind])):
            choices += [
                ("DELETE", f"{path}/{thing.id}", None),
                ("DELETE", f"{path}/{thing.id}/attrs/{name}?deleteAll=true", None),
                (
                    "PATCH",
                    f"{path}/{thing.id}/attrs/{name}/urn:ngsi-ld:Instance:1",
                    {name: value[0]},
                ),
                ("DELETE", f"{path}/{thing.id}/attrs/{name}/urn:ngsi-ld:Instance:1", None),
            ]
        await self.changing(actor, purpose, *self.rng.choice(choices))

    async def subscriptions(self, actor: Actor, purpose: str | None) -> None:
        other = self.rng.choice(self.world.actors)
        path = f"{NGSI}/subscriptions/urn:s:{other.name}"
        method, body = self.rng.choice(
            (("GET", None), ("DELETE", None), ("PATCH", {"description": "mine"}))
        )
        if method == "DELETE" and other is actor:
            return
        reply = await self.ask(actor, purpose, method, path, body)
        if reply.status < 300 and other is not actor:
            self.report(actor, purpose, method, path, "is another's")

    async def tenant(self, actor: Actor, purpose: str | None) -> None:
        """A tenant that is not there, or is written in another way."""
        name = self.rng.choice(("elsewhere", "Mall", "mall/../north", "north ,city", "*"))
        headers = {**actor.headers, "ngsild-tenant": name, "link": LINK}
        path = self.rng.choice((f"{NGSI}/entities?type=Lamp", "/api/v1/map", "/api/v1/portfolio"))
        reply = await call(self.app, "GET", path, headers)
        self.statuses[reply.status] += 1
        if reply.status != 404:
            self.report(actor, purpose, "GET", path, f"answers {reply.status} in {name!r}")

    async def forged(self, actor: Actor, purpose: str | None) -> None:
        text = actor.headers["authorization"]
        at = self.rng.randrange(12, len(text))
        flipped = "A" if text[at] != "A" else "B"
        forged = self.rng.choice(
            (text[:at] + flipped + text[at + 1 :], text[:-1], text + "A", "Bearer null", "")
        )
        stranger = Actor("forger", (), {"authorization": forged} if forged else {})
        path = self.rng.choice((f"{NGSI}/entities?type=Lamp", "/api/v1/map", "/api/v1/types"))
        reply = await self.ask(stranger, purpose, "GET", path)
        if reply.status != 401:
            self.report(stranger, purpose, "GET", path, f"answers {reply.status}")

    async def export(self, actor: Actor, purpose: str | None) -> None:
        import duckdb

        self.next += 1
        target = self.folder / f"lake{self.next}"
        body = {"target": str(target)}
        reply = await self.ask(actor, purpose, "POST", "/api/v1/exports", body)
        if reply.status != 201:
            return
        rows = duckdb.sql(
            f"SELECT entity_id, value FROM read_parquet('{target}/**/*.parquet')"
        ).fetchall()
        for leak in self.world.leaks(actor, purpose, repr(rows).encode()):
            self.report(actor, purpose, "POST", "/api/v1/exports", leak)

    def _record_history(self) -> None:
        """Note which evolutions are changed past the state."""
        history: Any = self.kota.history
        for name in ("write", "replace_instance", "delete_instance", "delete_attribute"):
            self._wrap(history, name)
        self._wrap(history, "delete_entity")

    def _wrap(self, history: Any, name: str) -> None:
        original = getattr(history, name)

        async def noted(entity_id: str, *rest: Any, **more: Any) -> Any:
            names: Sequence[str | None] = (None,)
            if name == "write":
                names = [self.kota.names.compact(one.attribute) for one in rest[1]] or (None,)
            elif rest:
                names = (self.kota.names.compact(rest[0]),)
            done = await original(entity_id, *rest, **more)
            if done or name == "write":
                self.past.extend((entity_id, one) for one in names)
            return done

        setattr(history, name, noted)


def _entities(body: Any) -> list[str]:
    """Ids of all entities that are written somewhere in an answer."""
    if isinstance(body, list):
        return [one for item in body for one in _entities(item)]
    if not isinstance(body, dict):
        return []
    found = [one for item in body.values() for one in _entities(item)]
    if "type" in body and isinstance(body.get("id"), str):
        found.append(body["id"])
    return found


async def settle(kota: Kota, actors: Sequence[Actor]) -> None:
    """Give everybody a token."""
    tokens = kota.access.recogniser.tokens
    for actor in actors:
        grants = tuple(
            Grant(
                role=Role(one.role),
                tenant=one.tenant,
                below=one.below,
                areas=tuple(f"/{area}" for area in one.areas),
                purposes=one.purposes,
            )
            for one in actor.shares
        )
        made = await tokens.make(actor.name, grants, by="campaign")
        actor.headers["authorization"] = f"Bearer {made.text}"


async def fill(campaign: Campaign) -> None:
    """Create the entities, and hubs in every scope that link to all of them."""
    world = campaign.world
    maker = Actor("maker", ())
    made = await campaign.kota.access.recogniser.tokens.make(
        "maker",
        (Grant(role=Role.ENGINEER, below=True, purposes=("care", "video", "feedback")),),
        by="campaign",
    )
    maker.headers["authorization"] = f"Bearer {made.text}"
    maker.headers["ngsild-tenant"] = world.tenant
    hub: dict[str, Any] = {"id": "urn:h:1", "type": "Hub", "scope": [f"/{one}" for one in SCOPES]}
    hub["leadsTo"] = {"type": "Relationship", "object": list(world.things)}
    plain = {name: value for name, value in hub.items() if name != "leadsTo"}
    by_purpose: dict[str, list[Any]] = {"care": [plain | {"leadsTo": hub["leadsTo"]}]}
    for thing in world.things.values():
        body = thing.body()
        by_purpose["care"].append({key: one for key, one in body.items() if key not in ("faces",)})
        if "faces" in body:
            cut = {"id": thing.id, "type": thing.kind, "faces": body["faces"]}
            by_purpose.setdefault("video", []).append(cut)
    for purpose, bodies in by_purpose.items():
        verb = "upsert?options=update"
        headers = maker.headers | {"kota-purpose": purpose, "link": LINK}
        reply = await call(campaign.app, "POST", f"{NGSI}/entityOperations/{verb}", headers, bodies)
        assert reply.status in (201, 204), reply.body[-600:]
    await campaign.operating.fill()
    campaign.changes.clear()


async def subscribe(campaign: Campaign, receiver: Receiver) -> dict[str, str | None]:
    """Let everybody who may subscribe to everything; returns for which purpose."""
    stated: dict[str, str | None] = {}
    tenant = campaign.world.tenant
    for actor in campaign.world.actors:
        purpose = campaign.rng.choice(PURPOSES)
        body = {
            "id": f"urn:s:{actor.name}",
            "type": "Subscription",
            "entities": [{"type": kind} for kind in (*TYPES, "Hub")],
            "notificationTrigger": ["entityCreated", "entityUpdated", "entityDeleted"],
            "notification": {
                "endpoint": {"uri": f"http://127.0.0.1:{receiver.port}/{tenant}.{actor.name}"},
                "showChanges": True,
                "join": "inline",
                "joinLevel": 1,
            },
        }
        reply = await campaign.ask(actor, purpose, "POST", f"{NGSI}/subscriptions", body)
        if reply.status == 201:
            stated[actor.name] = purpose
    return stated


class Town:
    """The campaigns of all tenants of one Kota, together.

    Args:
        campaigns: by tenant.
    """

    def __init__(self, campaigns: dict[str, Campaign]) -> None:
        self.campaigns = campaigns

    @property
    def leaks(self) -> list[str]:
        """Everything that should not have been."""
        return [leak for one in self.campaigns.values() for leak in one.leaks]

    @property
    def kinds(self) -> Counter[str]:
        """How often each way was tried."""
        return sum((one.kinds for one in self.campaigns.values()), Counter())

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        return sum((one.statuses for one in self.campaigns.values()), Counter())


def world_of(rng: Random) -> dict[str, World]:
    """Four tenants, and whoever has something to do with them."""
    actors, registry = population(rng, 32), Registry()
    return {
        tenant: World(
            rng,
            actors,
            tenant=tenant,
            registry=registry,
            first=1000 * number,
            things=120 if tenant == "city" else 60,
        )
        for number, tenant in enumerate(TREE)
    }


async def run(requests: int, seed: int, folder: Path) -> Town:
    """The whole campaign on a fresh town."""
    rng = Random(seed)
    worlds = world_of(rng)
    data = folder / "town"
    define(data)
    settings = Settings(data=data, solutions=("lighting",), protects=PROTECTS)
    receiver = Receiver()
    runner = await receiver.start()
    with patch("kota.runtime.load_solutions", lambda names: [lighting()] if names else []):
        async with AsyncExitStack() as stack:
            kota = await stack.enter_async_context(opened(settings))
            app = application(kota)
            campaigns: dict[str, Campaign] = {}
            for tenant, world in worlds.items():
                rooms: Kota = kota
                if tenant != "city":
                    define(kota.tenants.folder(tenant))
                    above = TREE[tenant]
                    assert above is not None
                    made = Tenant(name=tenant, parent=above, solutions=("lighting",))
                    await kota.tenants.book.add(made)
                    rooms = await stack.enter_async_context(kota.tenants.lease(tenant))
                campaigns[tenant] = Campaign(rooms, world, folder, app)
            await settle(kota, worlds["city"].actors)
            town = Town(campaigns)
            for one in campaigns.values():
                one.others = [each for each in campaigns.values() if each is not one]
                await fill(one)
            await _try(town, rng, requests, receiver)
    await runner.cleanup()
    return town


async def _try(town: Town, rng: Random, requests: int, receiver: Receiver) -> None:
    """Let everybody subscribe and watch, send the requests, and judge what was told meanwhile."""
    stated = {name: await subscribe(one, receiver) for name, one in town.campaigns.items()}
    watchers = [
        (one, Watcher(one.app, actor, rng.choice(PURPOSES), name))
        for name, one in town.campaigns.items()
        for actor in one.world.actors
    ]
    campaigns = list(town.campaigns.values())
    for number in range(requests):
        await rng.choices(campaigns, (3, 2, 2, 2))[0].one()
        if number % 200 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(1.0)
    for path, bodies in receiver.got.items():
        tenant, _, name = path.partition(".")
        one = town.campaigns[tenant]
        actor = next(each for each in one.world.actors if each.name == name)
        purpose = stated[tenant][name]
        one.kinds["notification"] += len(bodies)
        for body in bodies:
            for leak in one.world.leaks(actor, purpose, body, ever=True):
                one.report(actor, purpose, "notification", "", leak)
    for one, watcher in watchers:
        one.kinds["live frame"] += len(watcher.frames)
        if watcher.accepted and not watcher.actor.knows(one.world.tenant):
            one.report(watcher.actor, watcher.purpose, "live", "", "watches another's tenant")
        for frame in watcher.frames:
            for leak in one.world.leaks(watcher.actor, watcher.purpose, frame, ever=True):
                one.report(watcher.actor, watcher.purpose, "live", "", leak)
        await watcher.close()


def main() -> int:
    """Run and say what was found; returns 1 where anything leaked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        campaign = asyncio.run(run(given.requests, given.seed, Path(folder)))
    print(json.dumps({"machine": machine(), "kinds": campaign.kinds, "answers": campaign.statuses}))
    for leak in campaign.leaks[:20]:
        print(leak)
    emit("access.requests", given.requests, "requests")
    emit("access.leaks", len(campaign.leaks), "leaks", goal="0")
    emit("access.time", time.monotonic() - began, "s")
    return 1 if campaign.leaks else 0


if __name__ == "__main__":
    raise SystemExit(main())
