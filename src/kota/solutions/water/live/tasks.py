"""The task that watches the network: what is told is held against the model every few minutes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from kota.city import City
from kota.model.instant import DAY, HOUR, MINUTE
from kota.operate.commands.life import State
from kota.operate.commands.terms import STATE, WORDS
from kota.solution import Periodic
from kota.solutions.water.live.closing import Closing, Deliberation, best_closing, is_shut_off
from kota.solutions.water.live.knowledge import WINDOWS, Knowledge
from kota.solutions.water.live.look import Look, learn_from, look_at
from kota.solutions.water.live.observed import STEP
from kota.solutions.water.live.supplied import Supplied, read_supplied
from kota.solutions.water.live.telling import (
    closing_reason,
    leak_id,
    leak_statement,
    suspects,
)
from kota.solutions.water.live.watch import Ongoing, Watch
from kota.solutions.water.sections import CLOSED

PATIENCE: Final = MINUTE
"""How long after its end a step is looked at."""
LEARN: Final = 7 * DAY
RELEARN: Final = DAY
CATCH_UP: Final = 6 * HOUR
"""How far back missed looks are made up for, as after a plant has jumped."""
AT_ONCE: Final = 36
"""Looks in one call of a worker."""
LEARN_WITHIN_S: Final = 600.0
LOOK_WITHIN_S: Final = 120.0
"""A worker that takes longer is given up; on an idle core it is two seconds, and a fifth of one."""
_METERS_BACK = 2 * HOUR
_ATTRIBUTES = ("level", "flow", "supply", "pressure")


class Live:
    """Watches the network of one city."""

    def __init__(self) -> None:
        self._watch = Watch()
        self._knowledge: Knowledge | None = None
        self._learnt = 0
        self._looked = 0
        self._shut: frozenset[str] = frozenset()
        self._changed = 0
        self._suspect: frozenset[tuple[str, str]] = frozenset()
        self._useless: set[str] = set()
        self._deliberation = Deliberation()
        self._proposed: dict[str, str] = {}

    async def run(self, city: City) -> None:
        """Look at the steps that have become complete, and tell what is found."""
        town = await read_supplied(city)
        newest = await _newest(city)
        if newest is None:
            return
        end = (newest - PATIENCE) // STEP * STEP
        if end <= self._looked:
            return
        knowledge = await self._know(city, town, end)
        if town.shut != self._shut:
            self._shut, self._changed = town.shut, newest
        first = max(self._looked + STEP, end - CATCH_UP)
        for begin in range(first, end + 1, AT_ONCE * STEP):
            last = min(begin + (AT_ONCE - 1) * STEP, end)
            moments = tuple(range(begin, last + 1, STEP))
            start = begin - max(WINDOWS) * STEP - _METERS_BACK
            table = await city.history(_told(town), _ATTRIBUTES, start=start, end=last + 1)
            looks = await city.compute(
                look_at,
                town,
                table,
                knowledge,
                moments,
                self._changed,
                timeout_s=LOOK_WITHIN_S,
            )
            for look in looks:
                await self._see(city, town, look)
            self._looked = last

    async def _know(self, city: City, town: Supplied, end: int) -> Knowledge:
        """Learn where nothing is known or it is a day old; what goes on now is not ordinary."""
        known = self._knowledge
        if known is None or (self._watch.ongoing is None and end - self._learnt >= RELEARN):
            begin = end - LEARN
            table = await city.history(_told(town), _ATTRIBUTES, start=begin, end=end + 1)
            sound = replace(town, shut=frozenset())
            known = await city.compute(
                learn_from, sound, table, begin, end, timeout_s=LEARN_WITHIN_S
            )
            self._knowledge, self._learnt = known, end
        return known

    async def _see(self, city: City, town: Supplied, look: Look) -> None:
        before = self._watch.ongoing
        isolated = before is not None and is_shut_off(town, _likeliest(town, before))
        found = self._watch.see(look, isolated=isolated)
        statements, self._suspect = suspects(town, self._watch.lies, self._suspect, look.at)
        closing: Closing | None = None
        if found is not None and found.status != "ended":
            closing = best_closing(town, found.leak.mass, self._useless)
        if found is not None:
            statements.append(leak_statement(town, found, closing))
        await city.state(statements)
        if found is None or found.status != "open":
            self._proposed.clear()
        elif (
            found.at == look.at
            and closing is not None
            and self._deliberation.is_ripe(found.leak.flow, closing)
        ):
            await self._propose(city, town, found, closing)

    async def _propose(self, city: City, town: Supplied, found: Ongoing, closing: Closing) -> None:
        """Propose to shut the valves around a burst; what becomes of it, mode and people decide."""
        for valve in closing.isolation.shut:
            if await self._stands(city, valve):
                continue
            command = await city.command(
                town.sections[valve],
                CLOSED,
                reason=closing_reason(town, found, closing),
                cause=leak_id(found.since),
            )
            self._proposed[valve] = f"urn:ngsi-ld:Command:{command.id}"

    async def _stands(self, city: City, valve: str) -> bool:
        """Whether a valve's command is proposed or under way, or was refused; a valve that its
        device says does not move is passed over from then on."""
        entity = await city.entity(self._proposed.get(valve, ""))
        state = None if entity is None else entity.default(STATE)
        if entity is None or state is None:
            return False
        words = entity.default(WORDS)
        by_device = words is not None and str(words.value).startswith("the device")
        if state.value == State.TIMED_OUT or (state.value == State.REFUSED and by_device):
            self._useless.add(valve)
        return bool(state.value != State.EXPIRED)


def live_tasks() -> tuple[Periodic, ...]:
    """What watches one city."""
    return (
        Periodic(
            name="watch",
            title="Hold signals against the model; find leaks and what lies",
            period=5 * MINUTE,
            run=Live().run,
        ),
    )


def _likeliest(town: Supplied, found: Ongoing) -> str:
    return tuple(town.network.pipes)[int(np.argmax(found.leak.mass))]


def _told(town: Supplied) -> list[str]:
    nodes = dict.fromkeys((*town.loggers, *town.meters, *town.tanks))
    return [
        *(town.nodes[name] for name in nodes),
        *(town.links[name] for name in (*town.gauges, *town.pumps)),
    ]


async def _newest(city: City) -> int | None:
    """When a tank or a source last told something [µs]."""
    told = [
        city.attribute(entity, name)
        for kind, name in (("Tank", "level"), ("Pump", "flow"))
        for entity in await city.entities(kind)
    ]
    times = [one.observed_at for one in told if one is not None and one.observed_at is not None]
    return max(times, default=None)
