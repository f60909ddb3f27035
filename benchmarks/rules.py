"""What rules cost: processor time a change, live, and how fast a trial judges history."""

from __future__ import annotations

import time
from datetime import UTC

from benchmarks.report import emit
from kota.clock import WallClock
from kota.context.staleness import Staleness
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import kota_context
from kota.operate.conditions import Condition
from kota.operate.rules.compiling import Rule
from kota.operate.rules.definition import Clause, OpenWork, Related, RuleDefinition
from kota.operate.rules.engine import Engine
from kota.operate.rules.firing import Firing
from kota.operate.rules.replaying import ReplayTime
from kota.store.state import Change

TANKS, RULES, ROUNDS = 2_000, 20, 10
EXPAND = kota_context().expand
START = 1_767_225_600_000_000


def rules() -> list[Rule]:
    """Half of them over one system, half over two."""
    staleness = Staleness(lambda _: WallClock())
    found = []
    for number in range(RULES):
        low = Clause(condition=Condition("low", "level", limit=1.0 + number / 10, deadband=0.1))
        idle = Clause(
            condition=Condition("equals", "power", value=0.0),
            related=Related(type="Pump", same="zone"),
        )
        when = (low,) if number % 2 else (low, idle)
        definition = RuleDefinition(
            id=f"r{number}",
            title="low",
            type="Tank",
            when=when,
            then=(OpenWork(title="look"),),
            lasting=60.0,
        )
        found.append(Rule(definition, EXPAND, staleness, UTC))
    return found


def entity(kind: str, number: int, name: str, value: float, at: int) -> Entity:
    """A tank or a pump of one of a hundred zones."""
    attrs = {
        EXPAND("zone"): (ZONES[number % 100],),
        EXPAND(name): (Attribute(Kind.PROPERTY, value, at),),
    }
    return Entity(f"urn:ngsi-ld:{kind}:{number}", (EXPAND(kind),), attrs)


ZONES = [Attribute(Kind.PROPERTY, f"Z{number}") for number in range(100)]


def main() -> None:
    """Measure, and print what it costs."""
    clock = ReplayTime(START)
    engine = Engine(rules(), clock)
    pumps = [entity("Pump", number, "power", number % 2, START) for number in range(200)]
    engine.see(Change(0, START, None, one) for one in pumps)
    before: list[Entity | None] = [None] * TANKS
    changes = []
    for turn in range(ROUNDS):
        for number in range(TANKS):
            at = START + turn * 30_000_000
            after = entity("Tank", number, "level", 0.9 + (number * 7 + turn) % 25 / 10, at)
            changes.append(Change(len(changes), at, before[number], after))
            before[number] = after
    began = time.process_time()
    for change in changes:
        clock.at = max(clock.at, change.at)
        engine.tick()
        engine.see([change])
    spent = time.process_time() - began
    firings = sum(isinstance(one, Firing) for one in engine.take())
    emit("rules.firings", firings, "firings")
    emit("rules.cost", 1e6 * spent / len(changes), "µs/change")
    emit("rules.cost_a_rule", 1e6 * spent / len(changes) / RULES, "µs/rule and change")


if __name__ == "__main__":
    main()
