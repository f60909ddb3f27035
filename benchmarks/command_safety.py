"""Command safety: random sequences with faults, judged by an oracle that shares no code with Kota.

python -m benchmarks.command_safety [--sequences 10000] [--seed 1]

Each sequence draws a pump or a gate with random interlocks, and plays operators who disagree, a
solution that plans, a device behind a link that loses, delays and doubles messages, sensors that
fall silent, and restarts between any two writes. The oracle looks at what was really transmitted.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from benchmarks.report import emit
from kota.errors import KotaError
from kota.operate.actor import Actor
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.command import Command, Entry, Mode, Record
from kota.operate.commands.interlock import (
    Excludes,
    MaximumStarts,
    MinimumTime,
    Range,
    Rate,
    Requires,
    Value,
)
from kota.operate.commands.keeper import Decision, Keeper
from kota.operate.commands.life import State
from kota.operate.commands.reading import Reading

SECOND = 1_000_000
ASSET, TANK, VALVE = "urn:asset", "urn:tank", "urn:valve"
PEOPLE = [Actor(name, "operator") for name in ("Ana", "Budi", "Citra")]
PLAN = Actor("plan", "solution")
STEP = 5 * SECOND


@dataclass
class Town:
    """What Kota has been told, by entity and attribute."""

    readings: dict[tuple[str, str], Reading] = field(default_factory=dict)

    def reading(self, entity: str, attribute: str) -> Reading | None:
        return self.readings.get((entity, attribute))

    def pending(self, _: str) -> Value | None:
        return None

    def target(self, _: str, relationship: str) -> str | None:
        return TANK if relationship == "fills" else None


def pump(rng: random.Random) -> ActuatorDefinition:
    """A pump with on and off."""
    locks = [
        MinimumTime(at="on", seconds=rng.choice([30, 120, 300])),
        MinimumTime(at="off", seconds=rng.choice([15, 60])),
        MaximumStarts(at="on", count=rng.randint(1, 4), seconds=rng.choice([600, 1800])),
        Requires(attribute="level", compare="<", limit=9.0, fresh=40, via="fills", only=("on",)),
        Excludes(entity=VALVE, attribute="status", at="open", fresh=60, only=("on",)),
    ]
    return _definition(rng, locks, values=("on", "off"), safe=rng.choice(["off", None]))


def gate(rng: random.Random) -> ActuatorDefinition:
    """A gate with an opening from 0 to 1."""
    locks = [
        Range(low=0.0, high=rng.choice([0.8, 1.0])),
        Rate(by=rng.choice([0.2, 0.5]), within=rng.choice([30, 120])),
        Requires(attribute="level", compare="<", limit=9.5, fresh=40, entity=TANK),
    ]
    return _definition(rng, locks, values=(), safe=rng.choice([0.0, None]), tolerance=0.02)


def _definition(rng: random.Random, locks: list, **more: object) -> ActuatorDefinition:
    kept = [one for one in locks if rng.random() < 0.8]
    return ActuatorDefinition(
        id="asset",
        title="Move",
        command="set",
        feedback="setting",
        consequence="It moves",
        entity=ASSET,
        confirm_within=rng.choice([20.0, 40.0]),
        expire_after=120.0,
        fresh=rng.choice([30.0, 60.0]),
        on_timeout=rng.choice(["hold", "safe", "previous"]),
        two_person=rng.random() < 0.25,
        interlocks=tuple(kept),
        **more,  # type: ignore[arg-type]
    )


class Plant:
    """The device and its sensors, behind a link that is bad at times."""

    def __init__(self, rng: random.Random, setting: Value) -> None:
        self.rng = rng
        self.setting = setting
        self.level = rng.uniform(4.0, 9.0)
        self.valve = "closed"
        self.done = 0
        self.down: list[tuple[int, int, Value]] = []
        self.up: list[tuple[int, str, str, object, int]] = []
        self.silent: dict[str, int] = {}
        self.loss = rng.choice([0.0, 0.05, 0.3])

    def receive(self, sent: Command, now: int) -> None:
        """A command enters the link."""
        for _ in range(2 if self.rng.random() < 0.15 else 1):
            if self.rng.random() >= self.loss:
                late = round(self.rng.expovariate(1 / 4.0) * SECOND)
                assert sent.sequence is not None
                self.down.append((now + late, sent.sequence, sent.value))

    def live(self, now: int) -> Iterable[tuple[str, str, object, int]]:
        """Let time pass; gives what reaches Kota: entity, attribute or ``ack``, value, time."""
        for item in sorted(one for one in self.down if one[0] <= now):
            self.down.remove(item)
            _, number, value = item
            if number > self.done:
                self.done, self.setting = number, value
                if self.rng.random() < 0.7:
                    self._say(now, ASSET, "ack", number)
        self.level = min(max(self.level + self.rng.gauss(0, 0.25), 2.0), 10.5)
        if self.rng.random() < 0.02:
            self.valve = "open" if self.valve == "closed" else "closed"
        if self.rng.random() < 0.01:
            self.silent[self.rng.choice(["setting", "level", "status"])] = now + 120 * SECOND
        if self.rng.random() < 0.005:
            self.setting = self.rng.choice(["on", "off"]) if isinstance(self.setting, str) else 0.5
        for entity, name, value in (
            (ASSET, "setting", self.setting),
            (TANK, "level", self.level),
            (VALVE, "status", self.valve),
        ):
            if self.silent.get(name, 0) <= now and self.rng.random() >= self.loss:
                self._say(now, entity, name, value)
        arrived = sorted((one for one in self.up if one[0] <= now), key=lambda one: one[0])
        self.up = [one for one in self.up if one[0] > now]
        return [one[1:] for one in arrived]

    def _say(self, now: int, entity: str, name: str, value: object) -> None:
        late = round(self.rng.expovariate(1 / 2.0) * SECOND) if self.rng.random() < 0.2 else 0
        self.up.append((now + late, entity, name, value, now))


class Oracle:
    """Judges every transmission by what Kota could know, from the raw messages alone."""

    def __init__(self, definition: ActuatorDefinition) -> None:
        self.definition = definition
        self.mode = Mode.MANUAL
        self.told: dict[tuple[str, str], tuple[int, object]] = {}
        self.changes: list[tuple[int, Value]] = []
        self.flying: tuple[int, Value] | None = None
        self.audited: dict[str, list[State]] = {}
        self.requests: dict[str, Command] = {}
        self.agreed: dict[str, set[str]] = {}
        self.last = 0
        self.counts: Counter[str] = Counter()

    def hear(self, entity: str, name: str, value: object, at: int) -> None:
        before = self.told.get((entity, name))
        if before is None or at > before[0]:
            self.told[entity, name] = (at, value)
            if name == "setting" and (
                not self.changes or not self._same(value, self.changes[-1][1])
            ):
                self.changes.append((at, value))  # type: ignore[arg-type]

    def read(self, entries: Iterable[Entry]) -> None:
        """The audit says what Kota believes of its commands."""
        for one in entries:
            if one.command is None:
                continue
            self.audited.setdefault(one.command.id, []).append(one.command.state)
            if one.command.state is State.SENT:
                self.flying = (one.at, one.command.value)
            elif one.command.sequence == self.last and one.command.state not in (
                State.ACCEPTED,
                State.ROLLED_BACK,
            ):
                self.flying = None

    def judge(self, sent: Command, now: int, *, again: bool) -> list[str]:
        """What is wrong with a transmission."""
        wrong = []
        if State.SENT not in self.audited.get(sent.id, []):
            wrong.append("unaudited")
        if not again and sent.sequence != self.last + 1:
            wrong.append("order")
        self.last = max(self.last, sent.sequence or 0)
        if again:
            return wrong
        if sent.actor.role == "system":
            return wrong + self._judge_own(sent, now)
        asked = self.requests[sent.id]
        agreed = self.agreed[sent.id]
        person = sent.actor.role == "operator"
        if self.mode is Mode.SHADOW or (self.mode is Mode.MANUAL and not person):
            wrong.append("mode")
        if self.mode is Mode.ADVISORY and not agreed:
            wrong.append("not approved")
        if self.definition.two_person and len(agreed) < 2:
            wrong.append("one person")
        if now >= asked.expires_at:
            wrong.append("expired")
        reason = self.unsafe(asked.value, now)
        return [*wrong, f"unsafe: {reason}"] if reason else wrong

    def _judge_own(self, sent: Command, now: int) -> list[str]:
        if sent.restores is not None:
            return [] if State.TIMED_OUT in self.audited[sent.restores] else ["restore"]
        if sent.value != self.definition.safe or self.mode is not Mode.AUTOMATIC:
            return ["safe state without need"]
        return []

    def unsafe(self, value: Value, now: int) -> str | None:
        """Why a setting must not be sent, computed anew from the messages."""
        if self.definition.values and value not in self.definition.values:
            return "unknown setting"
        if not self.definition.values and (type(value) not in (float, int) or value != value):
            return "not a number"
        paths = [self.changes]
        if self.flying:
            paths.append([*self.changes, self.flying])
        for lock in self.definition.interlocks:
            if lock.only and value not in lock.only:
                continue
            for path in paths:
                reason = self._violates(lock, value, now, path)
                if reason:
                    return reason
        return None

    def _violates(
        self, lock: object, value: Value, now: int, path: list[tuple[int, Value]]
    ) -> str | None:
        if isinstance(lock, Range):
            return None if lock.low <= float(value) <= lock.high else "range"
        if isinstance(lock, Requires):
            at, level = self.told.get((TANK, "level"), (-(10**18), 99.0))
            fresh = abs(now - at) <= lock.fresh * SECOND
            return None if fresh and float(level) < float(lock.limit) else "level"  # type: ignore[arg-type]
        if isinstance(lock, Excludes):
            at, status = self.told.get((VALVE, "status"), (-(10**18), "open"))
            fresh = abs(now - at) <= lock.fresh * SECOND
            return None if fresh and status != "open" else "valve"
        if isinstance(lock, MaximumStarts) and value != lock.at:
            return None
        if not path:
            return "unknown"
        if isinstance(lock, Rate):
            window = now - lock.within * SECOND
            seen = [v for t, v in path if t >= window]
            seen += [v for t, v in path if t < window][-1:]
            return (
                "rate" if any(abs(float(value) - float(v)) > lock.by + 1e-6 for v in seen) else None
            )
        if isinstance(lock, MinimumTime):
            if path[-1][1] != lock.at or value == lock.at:
                return None
            start = path[-1][0]
            for at, one in reversed(path):
                if one != lock.at:
                    break
                start = at
            return "minimum time" if now - start < lock.seconds * SECOND else None
        assert isinstance(lock, MaximumStarts)
        if path[-1][1] == lock.at:
            return None
        starts = [
            path[i][0]
            for i in range(1, len(path))
            if path[i][1] == lock.at and path[i - 1][1] != lock.at
        ]
        late = [at for at in starts if at > now - lock.seconds * SECOND]
        return "starts" if len(late) >= lock.count else None

    def stale(self, now: int) -> bool:
        """Whether automatic control has lost what it needs."""
        at, _ = self.told.get((ASSET, "setting"), (-(10**18), None))
        if abs(now - at) > self.definition.fresh * SECOND:
            return True
        for lock in self.definition.interlocks:
            if isinstance(lock, Requires):
                at, _ = self.told.get((TANK, "level"), (-(10**18), None))
                if abs(now - at) > lock.fresh * SECOND:
                    return True
        return False

    def _same(self, one: object, other: object) -> bool:
        if isinstance(one, str) or isinstance(other, str):
            return one == other
        return abs(float(one) - float(other)) <= self.definition.tolerance  # type: ignore[arg-type]


class Sequence:
    """One random run of one asset."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.definition = rng.choice([pump, gate])(rng)
        self.town = Town()
        self.keeper = Keeper(self.definition, ASSET, self.town)
        self.plant = Plant(rng, "off" if self.definition.values else 0.0)
        self.oracle = Oracle(self.definition)
        self.record = Record()
        self.now = 1_700_000_000 * SECOND
        self.number = 0
        self.wrong: list[str] = []
        self.counts: Counter[str] = Counter()

    def run(self, steps: int = 80) -> None:
        for _ in range(steps):
            self.now += STEP + self.rng.randint(-SECOND, SECOND)
            for entity, name, value, at in self.plant.live(self.now):
                self._arrive(entity, name, value, at)
            self._tick()
            for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
                self._act()
            if self.rng.random() < 0.03:
                self._restart()

    def _arrive(self, entity: str, name: str, value: object, at: int) -> None:
        if name == "ack":
            fault = "stuck" if self.rng.random() < 0.1 else None
            self._take(self.keeper.answered(self.record, int(value), fault, self.now))  # type: ignore[call-overload]
            return
        known = self.town.readings.get((entity, name))
        if known is None or at > known.at:
            self.town.readings[entity, name] = Reading(value, at)
        self.oracle.hear(entity, name, value, at)
        if name == "setting":
            self._take(self.keeper.told(self.record, Reading(value, at), self.now))

    def _tick(self) -> None:
        linked = self.rng.random() > 0.02
        automatic = self.record.mode is Mode.AUTOMATIC and self.definition.safe is not None
        lost = automatic and (self.oracle.stale(self.now) or not linked)
        sent = self._take(self.keeper.tick(self.record, self.now, linked=linked))
        if not lost:
            return
        self.counts["stale steps"] += 1
        current = self.record.current
        taken = sent is not None and sent.value == self.definition.safe
        under_way = current is not None and current.value == self.definition.safe
        there = self.record.setting == self.definition.safe and self.record.safe
        if not (taken or under_way or there):
            self.wrong.append("no safe state within a step")

    def _act(self) -> None:
        rng = self.rng
        what = rng.random()
        try:
            if what < 0.12:
                mode, actor = rng.choice(list(Mode)), rng.choice([*PEOPLE, PLAN])
                decision = self.keeper.set_mode(self.record, mode, actor, self.now)
                self.oracle.mode = mode
                self._take(decision)
            elif what < 0.3 and self.record.waiting:
                command, actor = rng.choice(self.record.waiting), rng.choice([*PEOPLE, PLAN])
                refused = "no right" if rng.random() < 0.1 else None
                decision = self.keeper.approve(self.record, command.id, actor, refused, self.now)
                self.oracle.agreed[command.id].add(actor.name)
                done = [one.command.state for one in decision.entries if one.command]
                if command.actor in PEOPLE and State.CHECKED in done:
                    automatic = self.oracle.mode is Mode.AUTOMATIC
                    self.oracle.mode = Mode.MANUAL if automatic else self.oracle.mode
                self._take(decision)
            elif what < 0.34 and self.record.current is not None:
                self._take(
                    self.keeper.cancel(self.record, self.record.current.id, PEOPLE[0], self.now)
                )
            else:
                self._request()
        except KotaError:
            self.counts["refused by word"] += 1

    def _request(self) -> None:
        rng = self.rng
        actor = rng.choice([*PEOPLE, PLAN, PLAN, PLAN])
        if self.oracle.requests and rng.random() < 0.1:
            command = rng.choice(list(self.oracle.requests.values()))
        else:
            self.number += 1
            issued = self.now - (200 * SECOND if rng.random() < 0.05 else 0)
            command = Command(
                id=f"c{self.number}",
                entity=ASSET,
                value=self._wish(),
                actor=actor,
                at=issued,
                expires_at=issued + 120 * SECOND,
            )
        fresh = command.id not in self.oracle.requests
        self.oracle.requests.setdefault(command.id, command)
        person = command.actor in PEOPLE
        if fresh:
            self.oracle.agreed[command.id] = {command.actor.name} if person else set()
        refused = "no right" if rng.random() < 0.05 else None
        unsafe = self.oracle.unsafe(command.value, self.now)
        allowed = refused is None and self.now < command.expires_at and unsafe is None
        may = self.oracle.mode is not Mode.SHADOW and (
            person or self.oracle.mode is not Mode.MANUAL
        )
        if person and self.oracle.mode is Mode.AUTOMATIC and fresh and allowed:
            self.oracle.mode = Mode.MANUAL
            self.counts["overrides"] += 1
        decision = self.keeper.request(self.record, command, refused, self.now)
        sent = self._take(decision)
        if fresh and not (allowed and may):
            self.counts["to refuse"] += 1
            if sent is not None:
                self.wrong.append("sent what was to be refused")
        if fresh and person and allowed and may and not self.definition.two_person:
            self.counts["persons"] += 1
            if sent is None or sent.id != command.id:
                self.wrong.append("a person's safe command was not sent at once")

    def _wish(self) -> Value:
        if self.rng.random() < 0.05:
            return self.rng.choice(["open", float("nan"), True])
        if self.definition.values:
            return self.rng.choice(["on", "off"])
        return round(self.rng.uniform(-0.1, 1.1), 2)

    def _take(self, decision: Decision) -> Command | None:
        """Make a decision durable, then transmit, with a crash in between at times."""
        self.record = decision.record
        self.oracle.read(decision.entries)
        self.counts["entries"] += len(decision.entries)
        if decision.send is None:
            return None
        sent = decision.send
        self.wrong += self.oracle.judge(sent, self.now, again=False)
        self.counts["sent"] += 1
        if self.rng.random() < 0.03:
            self._restart()
        else:
            self.plant.receive(sent, self.now)
        return sent

    def _restart(self) -> None:
        self.counts["restarts"] += 1
        self.record = msgspec.msgpack.decode(msgspec.msgpack.encode(self.record), type=Record)
        self.now += self.rng.randint(0, 30) * SECOND
        again = self.keeper.resume(self.record, self.now).send
        if again is not None:
            self.wrong += self.oracle.judge(again, self.now, again=True)
            self.plant.receive(again, self.now)


def main(arguments: list[str]) -> int:
    """Play the sequences; returns 1 where anything was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sequences", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    wrong: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    begun = time.process_time()
    for number in range(chosen.sequences):
        sequence = Sequence(chosen.seed * 1_000_003 + number)
        sequence.run()
        counts += sequence.counts
        for fault in sequence.wrong:
            if wrong[fault] < 3:
                print(f"sequence {number}: {fault}", file=sys.stderr)
            wrong[fault] += 1
    emit("commands.sequences", chosen.sequences, "1")
    emit("commands.cpu", time.process_time() - begun, "s")
    for name in ("sent", "to refuse", "overrides", "persons", "stale steps", "restarts", "entries"):
        emit(f"commands.{name.replace(' ', '_')}", counts[name], "1")
    emit("commands.wrong", wrong.total(), "1", goal="0")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
