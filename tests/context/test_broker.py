from __future__ import annotations

import pytest

from kota.context import batch
from kota.context.broker import Broker
from kota.context.entities import drop
from kota.errors import AlreadyExistsError, NotFoundError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.model.payload import Fragment
from kota.model.payload_patch import parse_patch
from kota.model.query import EntityQuery
from kota.model.query.types import of
from kota.store.state.sqlite import SqliteState

TANK, PUMP = "urn:T:Tank", "urn:T:Pump"
LEVEL, NAME = "urn:a:level", "urn:a:name"


@pytest.fixture
async def store(tmp_path, clock):
    state = SqliteState(tmp_path, clock)
    await state.open()
    yield state
    await state.close()


@pytest.fixture
async def broker(store, clock):
    broker = Broker(store, clock)
    await broker.open()
    return broker


def tank(number, *, level=1, kind=TANK, expires_at=None):
    attrs = {LEVEL: (Attribute(Kind.PROPERTY, level, created_at=1, modified_at=1),)}
    return Entity(f"urn:t:{number}", (kind,), attrs, (), 1, 1, expires_at)


async def test_created_entities_are_retrieved_and_not_created_again(broker):
    await broker.create(tank(1))
    assert (await broker.retrieve("urn:t:1")).attrs[LEVEL][0].value == 1
    with pytest.raises(AlreadyExistsError, match="urn:t:1"):
        await broker.create(tank(1, level=2))
    assert (await broker.retrieve("urn:t:1")).attrs[LEVEL][0].value == 1


async def test_a_type_that_the_entity_lacks_hides_it(broker):
    await broker.create(tank(1))
    with pytest.raises(NotFoundError, match="type"):
        await broker.retrieve("urn:t:1", of([PUMP]))
    with pytest.raises(NotFoundError):
        await broker.delete("urn:t:1", of([PUMP]))
    await broker.delete("urn:t:1", of([TANK]))
    with pytest.raises(NotFoundError):
        await broker.retrieve("urn:t:1")


async def test_replacing_keeps_the_time_of_creation(broker):
    await broker.create(tank(1))
    await broker.replace(Entity("urn:t:1", (PUMP,), {}, (), 9, 9))
    after = await broker.retrieve("urn:t:1")
    assert (after.types, after.attrs, after.created_at, after.modified_at) == ((PUMP,), {}, 1, 9)
    with pytest.raises(NotFoundError):
        await broker.replace(tank(2))


async def test_merging_changes_what_is_named(broker, clock):
    await broker.create(tank(1))
    patch = parse_patch({LEVEL: {"value": 5}, NAME: "north"}, core_context())
    await broker.merge("urn:t:1", patch)
    after = await broker.retrieve("urn:t:1")
    assert (after.attrs[LEVEL][0].value, after.attrs[NAME][0].value) == (5, "north")
    assert after.modified_at == clock.now()


async def test_append_tells_what_it_refused(broker):
    await broker.create(tank(1))
    fragment = Fragment(attrs={LEVEL: (Attribute(Kind.PROPERTY, 7),)})
    report = await broker.append("urn:t:1", fragment, overwrite=False)
    assert [one.attribute for one in report.refused] == [LEVEL]
    with pytest.raises(NotFoundError):
        await broker.append("urn:t:2", fragment)


async def test_expired_entities_are_gone_for_every_reader_and_can_be_made_anew(broker, clock):
    soon = clock.now() + 1_000_000
    await broker.create(tank(1, expires_at=soon))
    await broker.create(tank(2))
    clock.advance(1)
    found, count = await broker.query(EntityQuery(types=of([TANK]), count=True))
    assert ([one.id for one in found], count) == (["urn:t:2"], 1)
    with pytest.raises(NotFoundError):
        await broker.retrieve("urn:t:1")
    await broker.create(tank(1))


async def test_expiry_is_known_after_a_restart(store, broker, clock):
    await broker.create(tank(1, expires_at=clock.now() + 1_000_000))
    again = Broker(store, clock)
    await again.open()
    clock.advance(2)
    assert await again.type_names() == []


async def test_purge_deletes_or_changes_everything_that_matches(broker, monkeypatch):
    monkeypatch.setattr("kota.context.broker.PURGE_PAGE", 2)
    for number in range(5):
        await broker.create(tank(number))
    await broker.create(tank(9, kind=PUMP))
    await broker.purge(EntityQuery(types=of([TANK])), lambda one: drop(one, {LEVEL}, now=5))
    assert all(not one.attrs for one in (await broker.query(EntityQuery(types=of([TANK]))))[0])
    await broker.purge(EntityQuery(types=of([TANK])))
    found, _ = await broker.query(EntityQuery())
    assert [one.id for one in found] == ["urn:t:9"]


async def test_types_and_attributes_are_described(broker):
    await broker.create(tank(1))
    await broker.create(tank(2, kind=PUMP))
    assert await broker.type_names() == [PUMP, TANK]
    (facts,) = await broker.describe_types(TANK)
    assert (facts.count, dict(facts.attributes)) == (1, {LEVEL: {"Property"}})
    (level,) = await broker.describe_attributes(LEVEL)
    assert (level.count, level.kinds, level.types) == (2, {"Property"}, {TANK, PUMP})
    with pytest.raises(NotFoundError):
        await broker.describe_types("urn:T:None")
    with pytest.raises(NotFoundError):
        await broker.describe_attributes(NAME)


async def test_a_batch_tells_what_was_created_and_what_failed(broker):
    await broker.create(tank(1))
    steps = [batch.creating(tank(1)), batch.creating(tank(2)), batch.creating(tank(2))]
    outcome = await batch.run(broker, steps)
    assert (outcome.done, outcome.created) == (("urn:t:2",), ("urn:t:2",))
    assert [name for name, _ in outcome.failed] == ["urn:t:1", "urn:t:2"]


async def test_the_last_of_several_replacements_in_a_batch_wins(broker):
    steps = [batch.replacing(tank(1, level=1)), batch.replacing(tank(1, level=2))]
    outcome = await batch.run(broker, steps)
    assert outcome.created == ("urn:t:1",)
    assert (await broker.retrieve("urn:t:1")).attrs[LEVEL][0].value == 2


async def test_an_update_in_a_batch_keeps_what_it_does_not_name(broker):
    await broker.create(tank(1))
    other = Entity("urn:t:1", (PUMP,), {NAME: (Attribute(Kind.PROPERTY, "x"),)})
    outcome = await batch.run(broker, [batch.updating(other, now=5)])
    after = await broker.retrieve("urn:t:1")
    assert outcome.created == ()
    assert (set(after.attrs), after.types) == ({LEVEL, NAME}, (TANK, PUMP))


async def test_an_append_in_a_batch_complains_of_what_it_did_not_overwrite(broker):
    await broker.create(tank(1))
    instance = (Attribute(Kind.PROPERTY, 7),)
    fragment = Fragment(attrs={LEVEL: instance, NAME: instance})
    step = batch.appending("urn:t:1", fragment, now=5, overwrite=False)
    outcome = await batch.run(broker, [step])
    assert outcome.done == ()
    assert LEVEL in str(outcome.failed[0][1])
    assert NAME in (await broker.retrieve("urn:t:1")).attrs


async def test_deletions_in_a_batch_fail_one_by_one(broker):
    await broker.create(tank(1))
    outcome = await batch.run(broker, [batch.deleting("urn:t:1"), batch.deleting("urn:t:2")])
    assert outcome.done == ("urn:t:1",)
    assert isinstance(outcome.failed[0][1], NotFoundError)
