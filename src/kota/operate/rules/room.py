"""The rules of a running town: judged as observations are committed, each firing kept and done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Final

import msgspec

from kota.clock import Clock
from kota.connect.plant_clocks import PlantClocks
from kota.context.staleness import Staleness, clock_name
from kota.errors import NotFoundError
from kota.model.entity import Entity
from kota.model.instant import HOUR, MINUTE, SECOND
from kota.model.query import Lens
from kota.operate.actor import SYSTEM, Actor, told
from kota.operate.alarms.catching_up import Marker
from kota.operate.alarms.town_time import TownTime
from kota.operate.attending import attend
from kota.operate.conditions.probe import Expand
from kota.operate.rules.acting import Hands
from kota.operate.rules.compiling import Rule
from kota.operate.rules.definition import RuleDefinition
from kota.operate.rules.definition_file import read_rules, sources_given, sources_of
from kota.operate.rules.engine import Engine, Past
from kota.operate.rules.entity import (
    Outcome,
    Record,
    firing_id,
    read_record,
    writing,
)
from kota.operate.rules.entity import (
    told as firing_told,
)
from kota.operate.rules.firing import Evidence, Firing, Happening
from kota.operate.rules.replaying import (
    ReplayTime,
    concern_of,
    drive,
    looks_back,
    past_of,
)
from kota.operate.rules.terms import RULE_FIRING
from kota.operate.rules.versions import Versions
from kota.store.history import HistoryStore, Span
from kota.store.state import Change, StateStore, Write

_log = logging.getLogger(__name__)

TICK_S: Final = 0.1
STORM: Final = 30
"""A rule that fires so often about one entity within a minute is stopped there: two rules that
undo each other would go on for ever."""
_PORTION: Final = 500


class Rules:
    """All rules of a town.

    Changes come by `offer`, none is passed over. A firing is durable, with its line in the audit,
    before anything is done; what was not done when Kota was killed is done at the next start.

    Args:
        folder: of the town's rules; `load` writes there.
        paths: further files and folders.
        expand: turns a short name into its IRI.
        zone: of the town's wall clocks.
        store, history: of the town.
        clock: wall time.
        clocks: of its plants.
        staleness: knows how often each attribute usually comes.
        hands: do what rules ask for.
        plain: what of an entity may stand in an explanation, which more people see; None: all.
    """

    def __init__(
        self,
        folder: Path,
        paths: Sequence[Path],
        expand: Expand,
        zone: tzinfo,
        *,
        store: StateStore,
        history: HistoryStore,
        clock: Clock,
        clocks: PlantClocks,
        staleness: Staleness,
        hands: Hands,
        plain: Lens | None = None,
    ) -> None:
        self.folder = folder
        self.zone = zone
        self.expand = expand
        self.history = history
        self.versions = Versions(store)
        self.records: dict[str, Record] = {}
        self.stopped: dict[str, str] = {}
        self._paths = tuple(paths)
        self._store = store
        self._clock = clock
        self._staleness = staleness
        self._hands = hands
        self._plain = plain
        self._clocks = clocks
        self._time = TownTime(clocks)
        self._marker = Marker(store, "rules")
        self._lock = asyncio.Lock()
        self._offered: list[Change] = []
        self._woken = asyncio.Event()
        self._unkept: list[Happening] = []
        self._undone: list[Record] = []
        self._recent: dict[tuple[str, str], list[int]] = {}
        self._on_reload: list[Callable[[], Awaitable[object]]] = []
        self.definitions = self._read(None)
        self.engine = self._engine({})

    def definition(self, name: str) -> RuleDefinition:
        """A rule by its id.

        Raises:
            NotFoundError: there is none.
        """
        found = next((one for one in self.definitions if one.id == name), None)
        if found is None:
            raise NotFoundError(f"rule {name!r}: there is none")
        return found

    def offer(self, changes: Sequence[Change]) -> None:
        """Take committed changes, all of them and in order."""
        self._offered.extend(changes)
        self._woken.set()

    async def start(self) -> None:
        """Take up what was, judge the present and what a crash left, finish what was begun."""
        self._store.on_commit(self.offer)
        await self.versions.load()
        async for entity in self._store.scan([RULE_FIRING]):
            record = read_record(entity)
            if record is not None:
                self.records[record.id] = record
                if record.told is not None and _pending(record):
                    self._undone.append(record)
        async with self._lock:
            await self._bring_in(self.definitions, SYSTEM)
            self.engine = self._engine(self._past())
            await self._warm_up(await self._marker.times(), await self._marker.unjudged())
            await self._finish()

    async def run(self) -> None:
        """Judge what comes and what is due, until cancelled."""
        await attend(
            self._woken,
            self.settle,
            every=TICK_S,
            log=_log,
            failing="rules are not written, trying again",
        )

    async def settle(self) -> None:
        """Judge everything that was offered and is due; returns when it is durable and done.

        Raises:
            StoreError: something was not kept, and will be with the next call.
        """
        async with self._lock:
            await self._finish()
            if not self.engine.rules:
                self._offered.clear()
                return
            now, judged = self._clock.now(), bool(self._offered)
            self._time.refresh()
            self.engine.tick()
            while self._offered:
                part, self._offered = self._offered[:_PORTION], self._offered[_PORTION:]
                self.engine.see(part)
                await self._finish()
            await self._finish()
            if self._marker.is_due(now, judged=judged):
                await self._marker.keep(now, times=self._times())

    async def close(self) -> None:
        """Judge what is left, and remember that nothing is."""
        await self.settle()
        await self._marker.keep(self._clock.now(), closed=True, times=self._times())

    def check(self, texts: Mapping[str, str]) -> tuple[RuleDefinition, ...]:
        """The rules of texts that are no files yet.

        Raises:
            ConfigurationError: one is wrong; says the file and line.
        """
        return read_rules(sources_given(texts), self.expand)

    async def load(self, texts: Mapping[str, str | None] | None, actor: Actor) -> list[str]:
        """Put rules into force; returns the ids of those that are new or changed.

        Args:
            texts: contents by the name of the file in the town's folder, None to remove it; without
                any, the files are read anew.
            actor: who does it.

        Raises:
            ConfigurationError: something is wrong; the running rules stay, no file is written.
            StoreError: it was not kept; likewise.
        """
        found = self._read(texts)
        async with self._lock:
            await self._finish()
            changed = await self._bring_in(found, actor, loaded=True)
            for name, text in (texts or {}).items():
                self.folder.mkdir(parents=True, exist_ok=True)
                _put(self.folder / name, text)
            self._time.refresh()
            times = self._times()
            past = self._past()
            self.definitions, self.stopped = found, {}
            self.engine = self._engine(past)
            self._offered.clear()
            await self._warm_up(times, None)
            await self._end_removed()
            await self._finish()
        for watcher in self._on_reload:
            await watcher()
        return [one.id for one in changed]

    def _read(self, texts: Mapping[str, str | None] | None) -> tuple[RuleDefinition, ...]:
        """The rules of all files, some of which may be given in other words."""
        given = {name: text for name, text in (texts or {}).items() if text is not None}
        own = [self.folder] if self.folder.is_dir() else []
        replaced = {self.folder / name for name in texts or {}}
        sources = sources_of([*own, *self._paths])
        kept = [one for one in sources if one.path not in replaced]
        return read_rules([*kept, *sources_given(given)], self.expand)

    def _engine(self, past: dict[tuple[str, str], Past]) -> Engine:
        rules = [
            Rule(one, self.expand, self._staleness, self.zone)
            for one in self.definitions
            if one.enabled
        ]
        return Engine(rules, self._time, past)

    def _past(self) -> dict[tuple[str, str], Past]:
        return {
            (one.rule, one.subject): Past(one.active, one.fired_at) for one in self.records.values()
        }

    def _times(self) -> dict[str, int]:
        """The time by each clock [µs]; the wall's under an empty name."""
        plants = {name: clock.now() for name, clock in self._clocks.plants.items()}
        return {"": self._clock.now(), **plants}

    async def _bring_in(
        self, definitions: Iterable[RuleDefinition], actor: Actor, *, loaded: bool = False
    ) -> list[RuleDefinition]:
        """Give new contents their version, and say so in the audit."""
        changed = self.versions.changed(definitions)
        if not changed and not loaded:
            return []
        now = self._clock.now()
        documents, after = self.versions.documents(changed, actor.name, now)
        said = {one.id: f"{after[one.id][-1].number} {one.digest}" for one in changed}
        line = told(actor, now, "rules.load", "rules", detail=said)
        await self._store.apply([], documents=documents, audit=[line])
        self.versions.take(after)
        return changed

    async def _warm_up(self, times: Mapping[str, int], unjudged: tuple[int, int] | None) -> None:
        """Fill what conditions look back at, judge what a crash left, then the present."""
        engine = self.engine
        if not engine.rules:
            return
        present = [entity async for entity in self._store.scan()]
        engine.muted = True
        if times:
            await self._replay(present, times, crashed=unjudged is not None)
        engine.muted = True
        engine.use(self._time)
        self._time.refresh()
        engine.see(Change(0, 0, None, entity) for entity in present)
        engine.forget_but({entity.id for entity in present})
        engine.begin()
        self._unkept += engine.take()

    async def _replay(
        self, present: Sequence[Entity], times: Mapping[str, int], *, crashed: bool
    ) -> None:
        """Feed the engine with history: muted up to when all was judged, after a crash a stretch
        beyond that (what came later came while Kota was off; a plant's clock may run fast)."""
        engine = self.engine
        concern = concern_of(engine.rules.values(), self.expand)
        span = looks_back(engine.rules.values())
        if not span and not crashed:
            return
        groups: dict[str, list[Entity]] = {}
        for entity in present:
            named = entity.id in concern.ids or concern.links
            if named or not concern.types.isdisjoint(entity.types):
                bare = Entity(entity.id, entity.types, {}, entity.scope)
                groups.setdefault(clock_name(entity) or "", []).append(bare)
        for clock, entities in groups.items():
            if clock not in times:
                continue
            at = times[clock]
            time = ReplayTime(at - span)
            engine.use(time)
            engine.muted = True
            until = at + 1 if crashed else at + HOUR
            end = at + (HOUR if clock else MINUTE) if crashed else at + 1
            changes = past_of(
                self.history, entities, concern.attributes, Span(at - span, end, None)
            )
            async for _ in drive(
                engine, time, changes, None, muted_until=until, opened=engine.unmute
            ):
                self._unkept += engine.take()

    async def _finish(self) -> None:
        """Keep what happened, then do what it asks for."""
        self._unkept += self.engine.take()
        while self._unkept:
            await self._keep(self._unkept[:_PORTION])
            del self._unkept[:_PORTION]
        while self._undone:
            record = await self._do(self._undone[0])
            await self._store.apply([await self._writing(record)])
            self.records[record.id] = record
            del self._undone[0]

    async def _keep(self, happenings: Sequence[Happening]) -> None:
        """Make a part of what happened durable, with its lines in the audit."""
        now = self._clock.now()
        records: dict[str, Record] = {}
        lines: list[bytes] = []
        fired: list[Record] = []
        for one in happenings:
            key = firing_id(one.rule, one.subject)
            before = records.get(key) or self.records.get(key)
            before = before or Record(rule=one.rule, subject=one.subject)
            if not isinstance(one, Firing):
                after = msgspec.structs.replace(before, active=False, ended_at=one.at)
            else:
                after = await self._fired(before, one, now)
                fired.append(after)
                lines.append(_line(after, self._title(one.rule), one, now))
            records[key] = after
        writes = [await self._writing(record) for record in records.values()]
        await self._store.apply(writes, audit=lines)
        self.records |= records
        self._undone += fired

    async def _fired(self, before: Record, firing: Firing, now: int) -> Record:
        evidence = tuple([await self._seen_by_all(one) for one in firing.evidence])
        version = self.versions.number(firing.rule)
        said = firing_told(firing.at, firing.since, version, firing.digest, evidence)
        definition = next((one for one in self.definitions if one.id == firing.rule), None)
        actions = () if definition is None else definition.then
        outcomes = tuple(Outcome(str(one.__struct_config__.tag)) for one in actions)
        if self._is_storm(firing, now):
            words = f"it fired {STORM} times within a minute and is stopped until rules are loaded"
            self.stopped[before.id] = words
            outcomes = tuple(Outcome(one.do, "failed", words) for one in outcomes)
        return msgspec.structs.replace(
            before,
            active=True,
            fired_at=firing.at,
            count=before.count + 1,
            version=version,
            digest=firing.digest,
            told=msgspec.structs.replace(said, outcomes=outcomes),
        )

    def _is_storm(self, firing: Firing, now: int) -> bool:
        key = (firing.rule, firing.subject)
        recent = [at for at in self._recent.get(key, ()) if now - at < 60 * SECOND]
        self._recent[key] = [*recent, now]
        return len(recent) >= STORM or firing_id(*key) in self.stopped

    async def _seen_by_all(self, evidence: Evidence) -> Evidence:
        """What of the evidence does not tell of persons."""
        if self._plain is None or evidence.entity is None or evidence.attribute is None:
            return evidence
        entity = await self._store.get(evidence.entity)
        seen = None if entity is None else self._plain(entity)
        if seen is not None and self.expand(evidence.attribute) in seen.attrs:
            return evidence
        return msgspec.structs.replace(evidence, value=None, unit=None)

    async def _do(self, record: Record) -> Record:
        """Do what a firing asks for, as far as it is not done."""
        assert record.told is not None
        definition = next((one for one in self.definitions if one.id == record.rule), None)
        outcomes = list(record.told.outcomes)
        for number, outcome in enumerate(outcomes):
            if outcome.state != "pending":
                continue
            if definition is None or definition.digest != record.digest:
                words = "the rule was changed before it could be done"
                outcomes[number] = Outcome(outcome.do, "failed", words)
                continue
            action = definition.then[number]
            outcomes[number] = await self._hands.do(definition, record, number, action)
        latest = self.records.get(record.id, record)
        if latest.count != record.count:
            return latest
        said = msgspec.structs.replace(record.told, outcomes=tuple(outcomes))
        return msgspec.structs.replace(latest, told=said)

    async def _end_removed(self) -> None:
        """What rules said that are no more at work is over."""
        now = self._clock.now()
        over = [
            msgspec.structs.replace(one, active=False, ended_at=now)
            for one in self.records.values()
            if one.active and one.rule not in self.engine.rules
        ]
        if over:
            await self._store.apply([await self._writing(one) for one in over])
            self.records |= {one.id: one for one in over}

    async def _writing(self, record: Record) -> Write:
        source = await self._store.get(record.subject)
        if source is not None and self._plain is not None:
            source = self._plain(source) or msgspec.structs.replace(source, attrs={})
        return writing(record, self._title(record.rule), source, self._clock.now())

    def _title(self, rule: str) -> str | None:
        return next((one.title for one in self.definitions if one.id == rule), None)

    def forget(self, ids: Collection[str]) -> None:
        """Remember nothing of the firings with these ids, whose entities were deleted."""
        for one in ids:
            self.records.pop(one, None)
            self.stopped.pop(one, None)

    def on_reload(self, watcher: Callable[[], Awaitable[object]]) -> None:
        """Name a function that is awaited when other rules are in force."""
        self._on_reload.append(watcher)


def _pending(record: Record) -> bool:
    return record.told is not None and any(one.state == "pending" for one in record.told.outcomes)


def _line(record: Record, title: str | None, firing: Firing, now: int) -> bytes:
    assert record.told is not None
    return told(
        Actor(record.rule, "rule"),
        now,
        "rule.fired",
        record.subject,
        why=title,
        cause=record.id,
        plant_at=firing.at,
        detail={
            "version": record.version,
            "digest": record.digest,
            "count": record.count,
            "evidence": msgspec.to_builtins(record.told.evidence),
        },
    )


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
        return
    arriving = path.with_suffix(".arriving")
    arriving.write_text(text, encoding="utf-8")
    arriving.replace(path)
