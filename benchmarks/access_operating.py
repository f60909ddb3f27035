"""More ways to try: other tenants, their administration, and what a town is operated with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.access_world import ACTING, ADMINISTRATORS, READERS, STEWARDS, TREE, TYPES, Thing
from kota.city import City
from kota.operate.actor import SYSTEM
from kota.solution import Asked, Route, Solution

if TYPE_CHECKING:
    from benchmarks.access_leaks import Campaign
    from benchmarks.access_world import Actor
    from kota.runtime import Kota

NGSI: Final = "/ngsi-ld/v1"
RULES: Final = """
[[rule]]
id = "watch.lamps"
title = "Lamp is lit"
type = "Lamp"

[[rule.when]]
if = { is = "differs", attribute = "power", value = "none" }

[[rule.then]]
do = "alarm"
severity = "minor"
respond_within = 600
consequence = "It is bright."
action = "Look."

[[rule.then]]
do = "work"
title = "Look at the lamp"

[[rule.then]]
do = "notify"
to = "duty"

[[rule]]
id = "watch.pulses"
title = "Somebody lives"
type = "Person"

[[rule.when]]
if = { is = "differs", attribute = "pulse", value = "none" }

[[rule.then]]
do = "alarm"
severity = "major"
respond_within = 60
consequence = "Somebody lives."
action = "Greet."
"""
CONTACTS: Final = """
[[contact]]
name = "duty"
push = true
"""
Way = Callable[["Actor", "str | None"], Awaitable[None]]


def lighting() -> Solution:
    """A solution that answers for the whole of a tenant, to whoever has its right."""

    async def lamps(city: City) -> list[list[Any]]:
        return [
            [entity.id, [one.value for held in entity.attrs.values() for one in held]]
            for entity in await city.entities("Lamp")
        ]

    def routes(city: City) -> list[Route]:
        async def answer(_: Asked) -> list[list[Any]]:
            return await lamps(city)

        return [
            Route(
                path="lamps",
                title="Lamps",
                handler=answer,
                permission="lighting.look",
                response=list[list[Any]],
            )
        ]

    return Solution(
        name="lighting",
        title="Lighting",
        alias="lighting",
        description="Lamps.",
        reads={"Lamp": ("power", "state")},
        permissions=("lighting.look",),
        routes=routes,
    )


def define(data: Path) -> None:
    """Write rules and contacts into a data folder, before it is opened."""
    for name, text in (("rules", RULES), ("notices", CONTACTS)):
        (data / name).mkdir(parents=True, exist_ok=True)
        (data / name / "town.toml").write_text(text)


class Operating:
    """Ways of one campaign that concern tenants and operation.

    Args:
        campaign: of one tenant.
    """

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.world = campaign.world
        self.rng = campaign.rng
        self.kota: Kota = campaign.kota
        self.orders: list[tuple[int, Thing]] = []
        self.notices: list[tuple[str, Thing]] = []
        self.ways: list[tuple[float, str, Way]] = [
            (6, "across tenants", self.across),
            (3, "tenants", self.tenants),
            (1.5, "grants", self.grants),
            (4, "work orders", self.work),
            (4, "notices", self.notice),
            (3, "rules", self.rules),
            (2, "subjects", self.subject),
            (1, "retention", self.retention),
            (2, "solution", self.solution),
        ]

    async def fill(self) -> None:
        """Work orders and notices about entities and about none; rules are in force already."""
        operation = self.kota.operation
        nowhere = Thing("urn:k:town:0", "Town", (), self.world.tenant)
        things = self.rng.sample(list(self.world.things.values()), 20)
        for number, thing in enumerate([*things, nowhere, nowhere]):
            title = f"look {self.world.token(thing, None)}"
            subject = None if thing is nowhere else thing.id
            order = await operation.work.open(
                SYSTEM,
                title=title,
                description="",
                priority="high",
                assignee=None,
                due_at=None,
                checklist=(),
                subject=subject,
                alarm=None,
            )
            self.orders.append((order.number, thing))
            made = await operation.notices.tell(
                f"campaign:{number}",
                "duty",
                title=f"told {self.world.token(thing, None)}",
                text="told",
                priority="high",
                subject=subject,
            )
            self.notices.append((made, thing))

    def report(self, actor: Actor, purpose: str | None, path: str, what: str) -> None:
        self.campaign.report(actor, purpose, "-", path, what)

    async def across(self, actor: Actor, purpose: str | None) -> None:
        """What belongs to another tenant, asked for in this one."""
        things = self.world.registry.things.values()
        others = [one for one in things if one.tenant != self.world.tenant]
        thing = self.rng.choice(others)
        name = self.rng.choice(TYPES[thing.kind])
        asked: list[tuple[str, str, Any]] = [
            ("GET", f"{NGSI}/entities/{thing.id}", None),
            ("GET", f"{NGSI}/temporal/entities/{thing.id}", None),
            ("PATCH", f"{NGSI}/entities/{thing.id}", {name: {"type": "Property", "value": 1}}),
            ("DELETE", f"{NGSI}/entities/{thing.id}", None),
            ("DELETE", f"{NGSI}/temporal/entities/{thing.id}", None),
            ("POST", f"{NGSI}/entityOperations/delete", [thing.id]),
            ("GET", f"/api/v1/entities/{thing.id}", None),
            ("GET", f"/api/v1/history?entity={thing.id}&attribute={name}", None),
            ("GET", f"/api/v1/subjects/{thing.id}", None),
            ("GET", f"/api/v1/search?q={thing.values[name]}", None),
        ]
        method, path, body = self.rng.choice(asked)
        self.campaign.changes.clear()
        before = sum(len(one.changes) for one in self.campaign.others)
        reply = await self.campaign.ask(actor, purpose, method, path, body)
        empty = method == "GET" and path.startswith(("/api/v1/history", "/api/v1/search"))
        if reply.status < 300 and reply.status != 207 and not empty:
            self.report(actor, purpose, path, "is answered in another tenant")
        if sum(len(one.changes) for one in self.campaign.others) != before:
            self.report(actor, purpose, path, "changes another tenant")

    async def tenants(self, actor: Actor, purpose: str | None) -> None:
        """Portfolio, list and quotas of the tenants below."""
        here = self.world.tenant
        if self.rng.random() < 0.4:
            await self._quota(actor, purpose)
            return
        path = self.rng.choice(("/api/v1/portfolio", "/api/v1/tenants"))
        reply = await self.campaign.ask(actor, purpose, "GET", path, whole=True)
        if reply.status != 200:
            return
        for row in json.loads(reply.body):
            name = row.get("tenant") or row["name"]
            if name not in below(here):
                self.report(actor, purpose, path, f"tells of {name}")
            known = actor.knows(name) or (
                bool(row.get("parent")) and actor.whole(row["parent"], ADMINISTRATORS)
            )
            if name != here and not known:
                self.report(actor, purpose, path, f"tells of {name}, where nothing was given")
            if "types" in row:
                self._judge_row(actor, purpose, name, row)

    def _judge_row(self, actor: Actor, purpose: str | None, name: str, row: Any) -> None:
        things = [one for one in self.world.registry.things.values() if one.tenant == name]
        seen = Counter(one.kind for one in things if actor.shows(one, None, purpose))
        told = {kind: row["types"].get(kind, 0) for kind in TYPES}
        if told != {kind: seen[kind] for kind in TYPES}:
            self.report(actor, purpose, "portfolio", f"counts {told} in {name}, not {dict(seen)}")
        whole = actor.whole(name, READERS)
        if not whole and (row["dead_letters"] is not None or row["open_orders"] is not None):
            self.report(actor, purpose, "portfolio", f"tells of the whole of {name}")

    async def _quota(self, actor: Actor, purpose: str | None) -> None:
        here = self.world.tenant
        name = self.rng.choice([one for one in TREE if one != "city"])
        path = f"/api/v1/tenants/{name}/quota"
        body = {"entities": None, "observations": 10**12}
        reply = await self.campaign.ask(actor, purpose, "PUT", path, body)
        parent = TREE[name]
        assert parent is not None
        may = (
            actor.whole(here, ADMINISTRATORS)
            and name in below(here) - {here}
            and actor.whole(parent, ADMINISTRATORS)
        )
        if (reply.status == 200) is not may:
            self.report(actor, purpose, path, f"answers {reply.status}")

    async def grants(self, actor: Actor, purpose: str | None) -> None:
        """A token with a grant somewhere: only by whoever manages users all over it."""
        here = self.world.tenant
        where, inherits = self.rng.choice(list(TREE)), self.rng.random() < 0.4
        grant = {"role": "viewer", "tenant": where, "below": inherits}
        body = {"name": "more", "grants": [grant], "days": 1}
        reply = await self.campaign.ask(actor, purpose, "POST", "/api/v1/tokens", body)
        may = (
            actor.whole(here, ADMINISTRATORS)
            and where in below(here)
            and actor.manages(where, below=inherits)
        )
        if (reply.status == 201) is not may:
            self.report(actor, purpose, "/api/v1/tokens", f"answers {reply.status}: {grant}")
        if reply.status == 201:
            key = json.loads(reply.body)["id"]
            await self.kota.access.recogniser.tokens.revoke(key)

    async def work(self, actor: Actor, purpose: str | None) -> None:
        number, thing = self.rng.choice(self.orders)
        method, path, body = self.rng.choice(
            (
                ("GET", "/api/v1/work?limit=1000", None),
                ("GET", f"/api/v1/work/{number}", None),
                ("POST", f"/api/v1/work/{number}/comment", {"comment": "seen"}),
                ("GET", f"/api/v1/work?subject={thing.id}", None),
            )
        )
        reply = await self.campaign.ask(actor, purpose, method, path, body)
        if reply.status < 300 and method == "POST":
            self._judge_acting(actor, purpose, path, thing)

    async def notice(self, actor: Actor, purpose: str | None) -> None:
        key, thing = self.rng.choice(self.notices)
        method, path, body = self.rng.choice(
            (
                ("GET", "/api/v1/notices?limit=1000", None),
                ("POST", f"/api/v1/notices/{key}/acknowledge", None),
            )
        )
        reply = await self.campaign.ask(actor, purpose, method, path, body)
        if reply.status < 300 and method == "POST":
            self._judge_acting(actor, purpose, path, thing)
        if reply.status == 200 and method == "GET":
            told = json.loads(reply.body)
            shown = sum(len(one["deliveries"]) for one in told["notices"])
            if sum(told["deliveries"].values()) != shown:
                self.report(actor, purpose, path, "counts deliveries of what is hidden")

    def _judge_acting(self, actor: Actor, purpose: str | None, path: str, thing: Thing) -> None:
        if not actor.held(thing.scopes, ACTING, self.world.tenant):
            self.report(actor, purpose, path, "is done")

    async def rules(self, actor: Actor, purpose: str | None) -> None:
        thing = self.campaign.some()
        rule = "watch.lamps" if thing.kind == "Lamp" else "watch.pulses"
        method, path, body = self.rng.choice(
            (
                ("GET", "/api/v1/rules", None),
                ("GET", "/api/v1/rules/firings?limit=1000", None),
                ("GET", f"/api/v1/rules/{rule}", None),
                ("GET", f"/api/v1/rules/{rule}/journal?subject={thing.id}", None),
                ("POST", "/api/v1/rules/test", {"start": None}),
                ("GET", "/api/v1/alarms?limit=1000", None),
                ("GET", "/api/v1/alarms/report", None),
            )
        )
        reply = await self.campaign.ask(actor, purpose, method, path, body)
        if path == "/api/v1/rules" and reply.status == 200:
            things = self.world.things.values()
            for one in json.loads(reply.body):
                kind = "Lamp" if one["id"] == "watch.lamps" else "Person"
                seen = sum(
                    each.kind == kind and actor.shows(each, None, purpose) for each in things
                )
                if one["subjects"] > seen:
                    self.report(actor, purpose, path, f"counts {one['subjects']} of {seen}")

    async def subject(self, actor: Actor, purpose: str | None) -> None:
        """Everything of one entity is told to those who care for subjects in the whole tenant."""
        thing = self.campaign.some()
        may = actor.whole(self.world.tenant, STEWARDS)
        path = f"/api/v1/subjects/{thing.id}"
        if may:
            await self.campaign.ask(actor, purpose, "GET", path, whole=True)
            return
        ways: tuple[tuple[str, str, Any], ...] = (
            ("GET", path, None),
            ("POST", f"{path}/erase", {"reason": "no"}),
        )
        method, path, body = self.rng.choice(ways)
        reply = await self.campaign.ask(actor, purpose, method, path, body)
        if reply.status < 300:
            self.report(actor, purpose, path, "is told or erased")

    async def retention(self, actor: Actor, purpose: str | None) -> None:
        reply = await self.campaign.ask(actor, purpose, "GET", "/api/v1/retention")
        if reply.status == 200 and not actor.whole(self.world.tenant, STEWARDS):
            self.report(actor, purpose, "/api/v1/retention", "is told")

    async def solution(self, actor: Actor, purpose: str | None) -> None:
        path = "/api/v1/solutions/lighting/lamps"
        reply = await self.campaign.ask(actor, purpose, "GET", path)
        if reply.status == 200 and not actor.whole(self.world.tenant, {"engineer"}):
            self.report(actor, purpose, path, "answers for the whole tenant")


def below(tenant: str) -> set[str]:
    """A tenant and all below it."""
    return {tenant} | {
        each for one, parent in TREE.items() if parent == tenant for each in below(one)
    }
