"""Rules: what is in force, what they did and why, and what they would have done."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import Field

from kota.api.eyes import Eyes, eyes_of
from kota.api.kota.acting import actor_of
from kota.api.kota.answers import Model, problems
from kota.errors import BadRequestDataError, ConfigurationError, NotFoundError
from kota.model import instant
from kota.model.instant import DAY, render
from kota.operate.rules.definition import RuleDefinition
from kota.operate.rules.entity import Record, firing_id, read_told
from kota.operate.rules.firing import Evidence, Firing
from kota.operate.rules.simulating import Tried, simulate
from kota.operate.rules.terms import FIRING
from kota.operate.rules.wording import worded
from kota.store.history import SeriesFilter, Span

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_TEXT: Final = 2048
_FILE: Final = 1_000_000
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}\.toml")
_LONGEST: Final = 400 * DAY


class EvidenceView(Model):
    """What one clause saw; `others` is how many more entities were looked at."""

    clause: int
    words: str
    holds: bool
    entity: str | None
    attribute: str | None
    value: Any
    unit: str | None
    at: str | None
    limit: Any
    others: int


class OutcomeView(Model):
    """What became of an action."""

    do: str
    state: Literal["pending", "done", "failed"]
    words: str
    id: str | None


class FiringView(Model):
    """A rule that fired: by which version, about what, why, and what was done."""

    id: str
    rule: str
    title: str | None
    subject: str
    at: str
    since: str
    ended_at: str | None
    active: bool
    count: int
    version: int
    digest: str
    evidence: list[EvidenceView]
    outcomes: list[OutcomeView]


class VersionView(Model):
    """A content that a rule had."""

    version: int
    digest: str
    at: str
    by: str


class RuleView(Model):
    """A rule in force: `when` in words, `subjects` it is about, `holding` of them now."""

    id: str
    title: str
    enabled: bool
    version: int
    digest: str
    match: str
    when: list[str]
    then: list[str]
    lasting: float
    subjects: int
    holding: int
    fired: int
    fired_at: str | None
    fault: str | None


class RuleDetail(RuleView):
    """With its definition, its versions and what it did last."""

    definition: dict[str, Any]
    versions: list[VersionView]
    firings: list[FiringView]


class Files(Model):
    """Files of rules by name, None to remove one; without any, all are read anew."""

    files: dict[str, str | None] | None = Field(None, max_length=100)


class Loaded(Model):
    """How many rules hold now, and which of them are new or changed."""

    rules: int
    changed: list[str]


class Trial(Model):
    """Rules to be tried on the past; without files, those in force."""

    files: dict[str, str] | None = Field(None, max_length=100)
    start: str | None = Field(None, description="ISO 8601; seven days before the end if missing.")
    end: str | None = Field(None, description="ISO 8601; now if missing.")


class TrialFiring(Model):
    """When a rule would have fired, about what, why, and until when it would have held."""

    rule: str
    subject: str
    at: str
    since: str
    ended_at: str | None
    evidence: list[EvidenceView]


class TrialView(Model):
    """What rules would have done; `firings` are the first thousand."""

    start: str
    end: str
    entities: int
    observations: int
    total: int
    by_rule: dict[str, int]
    faults: dict[str, str]
    firings: list[TrialFiring]


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["rules"])
    _lists(routes, rooms)
    _changes(routes, rooms)
    return routes


def _lists(routes: APIRouter, rooms: Rooms) -> None:
    @routes.get("/rules")
    async def rules(request: Request) -> list[RuleView]:
        """The rules in force."""
        eyes = eyes_of(rooms, request.scope)
        seen = await _seen(rooms, eyes)
        subjects = await _subjects(rooms, eyes)
        return [
            RuleView(**_rule_fields(rooms, one, seen, subjects[one.id]))
            for one in rooms.operation.rules.definitions
            if await _names_seen(eyes, one)
        ]

    @routes.get("/rules/firings")
    async def firings(
        request: Request,
        rule: str | None = Query(None, max_length=_TEXT),
        subject: str | None = Query(None, max_length=_TEXT),
        active: bool | None = Query(None),
        limit: int = Query(100, ge=1, le=1000),
    ) -> list[FiringView]:
        """The last firing of each rule about each entity, newest first."""
        found = [
            one
            for one in await _seen(rooms, eyes_of(rooms, request.scope))
            if (rule is None or one.rule == rule)
            and (subject is None or one.subject == subject)
            and (active is None or one.active is active)
        ]
        return [_firing_view(rooms, one) for one in _newest(found)[:limit]]

    @routes.get("/rules/{name}", responses=problems(404))
    async def rule(request: Request, name: str) -> RuleDetail:
        """One rule: its definition, its versions, what it did last."""
        definition = rooms.operation.rules.definition(name)
        eyes = eyes_of(rooms, request.scope)
        if not await _names_seen(eyes, definition):
            raise NotFoundError(f"rule {name!r}: there is none")
        seen = await _seen(rooms, eyes)
        mine = [one for one in _newest(seen) if one.rule == name]
        return RuleDetail(
            **_rule_fields(rooms, definition, seen, (await _subjects(rooms, eyes))[name]),
            definition=msgspec.to_builtins(definition),
            versions=[
                VersionView(version=one.number, digest=one.digest, at=render(one.at), by=one.by)
                for one in rooms.operation.rules.versions.of(name)
            ],
            firings=[_firing_view(rooms, one) for one in mine[:20]],
        )

    @routes.get("/rules/{name}/journal", responses=problems(404))
    async def journal(
        request: Request,
        name: str,
        subject: str = Query(max_length=_TEXT),
        limit: int = Query(100, ge=1, le=1000),
    ) -> list[FiringView]:
        """Every firing of a rule about an entity, newest first, as history has it."""
        eyes = eyes_of(rooms, request.scope)
        seen = await _seen(rooms, eyes)
        record = next((one for one in seen if (one.rule, one.subject) == (name, subject)), None)
        if record is None:
            raise NotFoundError(f"rule {name!r} has not fired about {subject!r}")
        series = SeriesFilter(entity_ids=(firing_id(name, subject),), attributes=(FIRING,))
        stored = await eyes.history.instances(series, Span(), last_n=2 * limit)
        found: dict[str, FiringView] = {}
        for one in stored:
            told = read_told(one.instance.value)
            if told is not None and told.at not in found:
                past = msgspec.structs.replace(
                    record,
                    told=told,
                    active=False,
                    ended_at=None,
                    version=told.version,
                    digest=told.digest,
                )
                found[told.at] = _firing_view(rooms, past)
        return list(found.values())[:limit]


def _changes(routes: APIRouter, rooms: Rooms) -> None:
    @routes.post("/rules/load", responses=problems(400))
    async def load(request: Request, said: Files) -> Loaded:
        """Put rules into force. Where one is wrong it is refused, and those that hold stay."""
        _check_names(said.files)
        try:
            changed = await rooms.operation.rules.load(said.files, actor_of(request))
        except ConfigurationError as error:
            raise BadRequestDataError(error.message, hint=error.hint) from error
        return Loaded(rules=len(rooms.operation.rules.definitions), changed=changed)

    @routes.post("/rules/test", responses=problems(400))
    async def test(request: Request, said: Trial) -> TrialView:
        """Try rules on the past, as far as you see it: when they would have fired, and why."""
        eyes = eyes_of(rooms, request.scope)
        running = rooms.operation.rules
        definitions: tuple[RuleDefinition, ...] = running.definitions
        if said.files is not None:
            _check_names(said.files)
            try:
                definitions = running.check(said.files)
            except ConfigurationError as error:
                raise BadRequestDataError(error.message, hint=error.hint) from error
        end = rooms.clock.now() if said.end is None else instant.parse(said.end, where="end")
        start = end - 7 * DAY if said.start is None else instant.parse(said.start, where="start")
        if not 0 < end - start <= _LONGEST:
            raise BadRequestDataError(
                f"start: {render(start)} to {render(end)} cannot be tried", hint="at most 400 days"
            )
        tried = await simulate(
            definitions, eyes.history, running.expand, running.zone, start=start, end=end
        )
        return _trial_view(tried, start, end)


def _check_names(files: Any) -> None:
    for name, text in (files or {}).items():
        if not _NAME.fullmatch(name):
            raise BadRequestDataError(f"files: {name!r} cannot be a file", hint="town.toml")
        if text is not None and len(text) > _FILE:
            raise BadRequestDataError(f"files: {name} has more than {_FILE} characters")


async def _seen(rooms: Rooms, eyes: Eyes) -> list[Record]:
    """What rules did, as far as it is seen: both the firing and what it is about."""
    records = list(rooms.operation.rules.records.values())
    if eyes.everything:
        return records
    found: list[Record] = []
    for one in records:
        entity = await rooms.state.get(one.id)
        if entity is not None and eyes.sees(entity) and await eyes.reaches(one.subject):
            found.append(one)
    return found


async def _subjects(rooms: Rooms, eyes: Eyes) -> Counter[str]:
    """How many entities each rule is about, of those that are seen."""
    standings = rooms.operation.rules.engine.standings
    if eyes.everything:
        return Counter(name for name, _ in standings)
    return Counter([name for name, subject in standings if await eyes.reaches(subject)])


async def _names_seen(eyes: Eyes, one: RuleDefinition) -> bool:
    """Whether a rule names no entity that is hidden."""
    return eyes.everything or one.entity is None or await eyes.reaches(one.entity)


def _newest(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda one: (-(one.fired_at or 0), one.id))


def _rule_fields(
    rooms: Rooms, one: RuleDefinition, seen: list[Record], subjects: int
) -> dict[str, Any]:
    running = rooms.operation.rules
    mine = [record for record in seen if record.rule == one.id]
    last = max((record.fired_at or 0 for record in mine), default=0)
    rule = running.engine.rules.get(one.id)
    stopped = [words for key, words in running.stopped.items() if f":{one.id}:" in key]
    return {
        "id": one.id,
        "title": one.title,
        "enabled": one.enabled,
        "version": running.versions.number(one.id),
        "digest": one.digest,
        "match": one.match,
        "when": [worded(clause) for clause in one.when],
        "then": [str(action.__struct_config__.tag) for action in one.then],
        "lasting": one.lasting,
        "subjects": subjects,
        "holding": sum(record.active for record in mine),
        "fired": sum(record.count for record in mine),
        "fired_at": render(last) if last else None,
        "fault": rule.fault if rule is not None and rule.fault else next(iter(stopped), None),
    }


def _firing_view(rooms: Rooms, record: Record) -> FiringView:
    told = record.told
    titles = {one.id: one.title for one in rooms.operation.rules.definitions}
    return FiringView(
        id=record.id,
        rule=record.rule,
        title=titles.get(record.rule),
        subject=record.subject,
        at=told.at if told else render(record.fired_at or 0),
        since=told.since if told else render(record.fired_at or 0),
        ended_at=None if record.active or record.ended_at is None else render(record.ended_at),
        active=record.active,
        count=record.count,
        version=record.version,
        digest=record.digest,
        evidence=[_evidence_view(one) for one in (told.evidence if told else ())],
        outcomes=[
            OutcomeView(do=one.do, state=one.state, words=one.words, id=one.id)
            for one in (told.outcomes if told else ())
        ],
    )


def _evidence_view(one: Evidence) -> EvidenceView:
    return EvidenceView(**msgspec.structs.asdict(one))


def _trial_view(tried: Tried, start: int, end: int) -> TrialView:
    def view(number: int, one: Firing) -> TrialFiring:
        ended = tried.endings.get(number)
        return TrialFiring(
            rule=one.rule,
            subject=one.subject,
            at=render(one.at),
            since=render(one.since),
            ended_at=None if ended is None else render(ended),
            evidence=[_evidence_view(each) for each in one.evidence],
        )

    return TrialView(
        start=render(start),
        end=render(end),
        entities=tried.entities,
        observations=tried.observations,
        total=tried.total,
        by_rule=tried.by_rule,
        faults=tried.faults,
        firings=[view(number, one) for number, one in enumerate(tried.firings)],
    )
