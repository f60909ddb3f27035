from hypothesis import given
from hypothesis import strategies as st

from kota.clock import PlantClock
from kota.context import staleness
from kota.context.staleness import LONGEST, SHORTEST, UNLEARNED, Staleness
from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import HOUR, MINUTE, SECOND
from kota.model.quality import Level, Quality, Source
from kota.model.terms import CLOCK, EXPECTED_INTERVAL, HORIZON
from kota.store.state import Change


def _entity(at: int | None, value: object = 1.5, **more: object) -> Entity:
    attrs = {"level": (Attribute(Kind.PROPERTY, value, at),)}
    attrs |= {name: (Attribute(Kind.PROPERTY, extra),) for name, extra in more.items()}
    return Entity("urn:x:tank", ("Tank",), attrs)


class _Feed:
    """Reports of one tank, and what the watcher was told."""

    def __init__(self, clock, **more: object) -> None:
        self.clock = clock
        self.more = more
        self.told: list[bool] = []
        self.last: Entity | None = None
        self.staleness = Staleness(lambda _: clock)
        self.staleness.on_flip(lambda _, stale: self.told.append(stale))

    def report(self, value: object = 1.5) -> Entity:
        entity = _entity(self.clock.now(), value, **self.more)
        self.staleness.learn([Change(1, self.clock.now(), self.last, entity)])
        self.last = entity
        return entity

    def every(self, seconds: float, times: int) -> Entity:
        for _ in range(times):
            entity = self.report()
            self.clock.advance(seconds)
        return entity


def test_number_is_stale_after_three_of_its_intervals(clock) -> None:
    feed = _Feed(clock)
    entity = feed.every(60, times=10)
    assert feed.staleness.interval(entity, "level") == MINUTE
    clock.advance(120)
    feed.staleness.sweep()
    assert feed.told == []
    clock.advance(1)
    feed.staleness.sweep()
    assert feed.told == [True]
    assert feed.staleness.is_entity_stale(entity)
    assert feed.staleness.silent() == [entity]


def test_old_estimate_is_stale_and_no_silent_sensor(clock) -> None:
    guess = Attribute(Kind.PROPERTY, 1.5, clock.now(), quality=Quality(source=Source.ESTIMATED))
    entity = Entity("urn:x:sewer", ("Sewer",), {"flow": (guess,)})
    watched = Staleness(lambda _: clock)
    watched.adopt([entity])
    clock.advance(10 * 3600)
    watched.sweep()
    assert watched.is_entity_stale(entity)
    assert watched.silent() == []


def test_stale_entity_is_fresh_once_it_reports(clock) -> None:
    feed = _Feed(clock)
    feed.every(60, times=5)
    clock.advance(3600)
    feed.staleness.sweep()
    entity = feed.report()
    feed.staleness.sweep()
    assert feed.told == [True, False]
    assert feed.staleness.silent() == []
    assert not feed.staleness.is_entity_stale(entity)


def test_one_long_silence_does_not_become_usual(clock) -> None:
    feed = _Feed(clock)
    feed.every(60, times=10)
    clock.advance(3600)
    entity = feed.report()
    assert feed.staleness.interval(entity, "level") < 1.2 * MINUTE


def test_frequent_reports_wait_for_the_shortest_interval(clock) -> None:
    feed = _Feed(clock)
    entity = feed.every(1, times=10)
    assert feed.staleness.interval(entity, "level") == SHORTEST


def test_rare_reports_wait_for_the_longest_interval(clock) -> None:
    feed = _Feed(clock)
    entity = feed.every(86_400, times=10)
    assert feed.staleness.interval(entity, "level") == LONGEST


def test_single_report_waits_for_the_default(clock) -> None:
    feed = _Feed(clock)
    entity = feed.report()
    assert feed.staleness.interval(entity, "level") == UNLEARNED


def test_a_forecast_that_came_once_waits_for_as_long_as_it_holds(clock) -> None:
    held = {HORIZON: (Attribute(Kind.PROPERTY, 3600),)}
    forecast = Attribute(Kind.PROPERTY, 80.0, clock.now(), sub=held)
    watcher = Staleness(lambda _: clock)
    entity = Entity("urn:x:counter", ("Counter",), {"forecast": (forecast,)})
    watcher.learn([Change(1, clock.now(), None, entity)])
    assert watcher.interval(entity, "forecast") == HOUR
    clock.advance(3 * 3600)
    assert not watcher.is_entity_stale(entity)
    clock.advance(1)
    assert watcher.is_entity_stale(entity)


def test_stated_interval_goes_before_the_learned_one(clock) -> None:
    feed = _Feed(clock, **{EXPECTED_INTERVAL: 86_400})
    entity = feed.every(60, times=5)
    assert feed.staleness.interval(entity, "level") == 24 * HOUR


def test_stated_interval_is_not_that_of_a_forecast_beside_the_measurement(clock) -> None:
    forecast = Quality(Level.GOOD, Source.FORECAST)
    feed = _Feed(clock, **{EXPECTED_INTERVAL: 300})
    for _ in range(4):
        hourly = Attribute(Kind.PROPERTY, 40.0, clock.now(), quality=forecast)
        for _ in range(12):
            entity = _entity(clock.now(), **feed.more)
            entity = Entity(entity.id, entity.types, {**entity.attrs, "forecast": (hourly,)})
            feed.staleness.learn([Change(1, clock.now(), feed.last, entity)])
            feed.last = entity
            clock.advance(300)
    assert feed.staleness.interval(entity, "level") == 5 * MINUTE
    assert feed.staleness.interval(entity, "forecast") == HOUR
    assert not feed.staleness.is_entity_stale(entity)
    clock.advance(901)
    assert feed.staleness.is_entity_stale(entity)


def test_entity_with_a_plant_ages_by_its_clock(clock) -> None:
    plant = PlantClock(clock)
    watched = Staleness(lambda name: plant if name == "water" else clock)
    entity = _entity(plant.now(), **{CLOCK: "water"})
    watched.adopt([entity])
    plant.tell(plant.now(), 0.0)
    clock.advance(10 * 3600)
    assert not watched.is_entity_stale(entity)
    plant.tell(plant.now(), 60.0)
    clock.advance(61)
    watched.sweep()
    assert watched.silent() == [entity]


def test_text_and_undated_numbers_are_never_stale(clock) -> None:
    for entity in (_entity(clock.now(), "open"), _entity(clock.now(), True), _entity(None)):
        watched = Staleness(lambda _: clock)
        watched.adopt([entity])
        clock.advance(1e6)
        watched.sweep()
        assert watched.silent() == []
        assert not watched.is_entity_stale(entity)


def test_deleted_entity_is_forgotten(clock) -> None:
    feed = _Feed(clock)
    entity = feed.report()
    clock.advance(7200)
    feed.staleness.sweep()
    feed.staleness.learn([Change(2, clock.now(), entity, None)])
    clock.advance(7200)
    feed.staleness.sweep()
    assert feed.staleness.silent() == []


def test_deleted_entity_leaves_no_interval_to_the_next(clock) -> None:
    feed = _Feed(clock)
    entity = feed.every(60, times=5)
    feed.staleness.learn([Change(2, clock.now(), entity, None)])
    other = Entity("urn:x:other", entity.types, entity.attrs)
    feed.staleness.adopt([other])
    assert feed.staleness.interval(other, "level") == UNLEARNED


def test_entity_that_loses_its_numbers_becomes_fresh(clock) -> None:
    feed = _Feed(clock)
    feed.report()
    clock.advance(7200)
    feed.staleness.sweep()
    feed.report("unknown")
    assert feed.told == [True, False]


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=60))
def test_learned_interval_stays_among_the_gaps(gaps: list[int]) -> None:
    usual = None
    for gap in gaps:
        usual = staleness.learn(usual, gap)
    assert usual is not None
    assert min(gaps) * 0.999 <= usual <= max(gaps) * 1.001


@given(st.integers(SECOND, HOUR), st.integers(1, 1000))
def test_learned_interval_follows_a_new_rate(gap: int, factor: int) -> None:
    usual: float | None = float(gap)
    for _ in range(60):
        usual = staleness.learn(usual, gap * factor)
    assert usual == gap * factor
