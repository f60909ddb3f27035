"""What the past tells at start: what conditions look back at, and what a crash left unjudged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

import msgspec

from kota.model.entity import Entity
from kota.model.instant import HOUR, MINUTE, SECOND
from kota.operate.alarms.watch import Watch
from kota.store.history import HistoryStore, SeriesFilter, Span
from kota.store.history.protocol import Stored
from kota.store.state import Document, StateStore

Feed = Callable[[Watch, int, bool], None]
"""Takes a watch whose entity is as it was at an instant, and whether that was judged before."""

_CHUNK = 500
_MARGIN = 2 * SECOND
_AFTERWARDS = MINUTE
"""What was committed later than this after the last judgement was brought in while Kota was off."""
_KEY = "judged"


class _Mark(msgspec.Struct, frozen=True):
    at: int
    closed: bool
    times: dict[str, int] = {}


class Marker:
    """Remembers durably up to when everything committed was judged.

    Args:
        store: keeps it.
        kind: of the document.
    """

    def __init__(self, store: StateStore, kind: str = "alarms") -> None:
        self._store = store
        self._kind = kind
        self._kept = 0

    async def unjudged(self) -> tuple[int, int] | None:
        """The stretch of time [µs] of which a crash may have left something unjudged."""
        mark = await self._mark()
        if mark is None or mark.closed:
            return None
        return mark.at - _MARGIN, mark.at + _AFTERWARDS

    async def times(self) -> dict[str, int]:
        """The time by each clock at the last judgement [µs], as far as it was kept."""
        mark = await self._mark()
        return {} if mark is None else mark.times

    def is_due(self, now: int, *, judged: bool) -> bool:
        """Whether to keep it again: soon after something was judged, else now and then."""
        return now - self._kept >= (SECOND if judged else _AFTERWARDS // 3)

    async def keep(
        self, at: int, *, closed: bool = False, times: Mapping[str, int] | None = None
    ) -> None:
        """Say that everything committed up to an instant [µs] is judged and written.

        Args:
            at: by wall time.
            closed: whether nothing more will come.
            times: what other clocks said then.
        """
        self._kept = at
        body = msgspec.json.encode(_Mark(at, closed, dict(times or {})))
        await self._store.put_documents([Document(self._kind, _KEY, body)])

    async def _mark(self) -> _Mark | None:
        body = await self._store.get_document(self._kind, _KEY)
        return None if body is None else msgspec.json.decode(body, type=_Mark)


class CatchingUp:
    """Feeds watches with what history holds.

    Args:
        history: holds it.
        feed: judges.
    """

    def __init__(self, history: HistoryStore, feed: Feed) -> None:
        self._history = history
        self._feed = feed

    async def run(self, watches: Iterable[Watch], unjudged: tuple[int, int] | None) -> None:
        """Feed watches in the order of time.

        Args:
            watches: those of a town.
            unjudged: the stretch of time in which what was committed must be judged, if any.
        """
        them = iter(watches)
        while part := list(islice(them, _CHUNK)):
            found = await self._remembered(part)
            if unjudged is not None:
                found += await self._within(part, unjudged)
            self._replay(part, found, unjudged)

    async def _remembered(self, watches: Sequence[Watch]) -> list[Stored]:
        """What the conditions look back at: those together that look at about the same hours."""
        alike: dict[tuple[int, int], list[Watch]] = {}
        for watch in watches:
            back, newest = _looks_back(watch), _newest(watch)
            if back and newest:
                alike.setdefault(((newest - back) // HOUR, newest // HOUR), []).append(watch)
        found: list[Stored] = []
        for (first, last), looking in alike.items():
            span = Span(start=first * HOUR, end=(last + 1) * HOUR)
            found += await self._history.instances(_series(looking), span)
        return found

    async def _within(self, watches: Sequence[Watch], stretch: tuple[int, int]) -> list[Stored]:
        span = Span(*stretch, timeproperty="modifiedAt")
        return await self._history.instances(_series(watches), span)

    def _replay(
        self, watches: Sequence[Watch], found: list[Stored], unjudged: tuple[int, int] | None
    ) -> None:
        of_entity: dict[str, list[Stored]] = {}
        for stored in {one.key: one for one in found}.values():
            of_entity.setdefault(stored.entity_id, []).append(stored)
        for watch in watches:
            past = sorted(of_entity.get(watch.entity.id, ()), key=_moment)
            present = watch.entity
            for stored in past:
                if stored.attribute not in watch.rule.triggers:
                    continue
                at = _moment(stored)
                fresh = unjudged is not None and stored.instance.modified_at >= unjudged[0]
                moved_at = watch.alarm.judged_at
                watch.entity = _as_it_was(watch.entity, stored)
                self._feed(watch, at, not fresh or (moved_at is not None and at <= moved_at))
            watch.entity = present


def _as_it_was(entity: Entity, stored: Stored) -> Entity:
    attrs = {**entity.attrs, stored.attribute: (stored.instance,)}
    return msgspec.structs.replace(entity, attrs=attrs)


def _looks_back(watch: Watch) -> int:
    rule = watch.rule
    return max(rule.memory.span, rule.delay_on, rule.delay_off)


def _newest(watch: Watch) -> int:
    found = [
        one.observed_at
        for name in watch.rule.triggers
        for one in watch.entity.attrs.get(name, ())
        if one.observed_at is not None
    ]
    return max(found, default=0)


def _series(watches: Sequence[Watch]) -> SeriesFilter:
    return SeriesFilter(
        entity_ids=tuple({watch.entity.id for watch in watches}),
        attributes=tuple({name for watch in watches for name in watch.rule.triggers}),
        datasets=(None,),
    )


def _moment(stored: Stored) -> int:
    observed = stored.instance.observed_at
    return stored.instance.modified_at if observed is None else observed
