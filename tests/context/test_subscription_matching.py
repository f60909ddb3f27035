"""Who is told of a change: by hand, and against a slow but obvious reference."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.context.notice import Notice, from_body
from kota.context.subscription import TRIGGERS, Subscription, Trigger
from kota.context.subscription_matching import Matcher
from kota.context.subscription_reading import read_subscription
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.store.state.protocol import Change

CORE = core_context()
SECOND = 1_000_000


def subscription(number: int = 1, **members: Any) -> Subscription:
    document: dict[str, Any] = {
        "type": "Subscription",
        "entities": [{"type": "Tank"}],
        "notification": {"endpoint": {"uri": "http://localhost:9/"}} | members.pop("wanted", {}),
    }
    return read_subscription(document | members, CORE, subscription_id=f"urn:s:{number}", now=0)


def iri(term: str) -> str:
    return CORE.expand(term)


def entity(number: int = 1, kind: str = "Tank", **values: Any) -> Entity:
    attrs = {iri(name): (Attribute(Kind.PROPERTY, value),) for name, value in values.items()}
    return Entity(f"urn:t:{number}", (iri(kind),), attrs)


def change(before: Entity | None, after: Entity | None, at: int = 0) -> Change:
    return Change(1, at, before, after)


def put(entity_: Entity, **values: Any) -> Entity:
    added = {iri(name): (Attribute(Kind.PROPERTY, value),) for name, value in values.items()}
    return msgspec.structs.replace(entity_, attrs=entity_.attrs | added)


def without(entity_: Entity, *names: str) -> Entity:
    gone = {iri(name) for name in names}
    kept = {name: value for name, value in entity_.attrs.items() if name not in gone}
    return msgspec.structs.replace(entity_, attrs=kept)


def told(matcher: Matcher, *changes: Change) -> dict[str, Notice]:
    return {item.destination: from_body(item.body) for item in matcher.deliver(changes)}


def matching(*subscriptions: Subscription) -> Matcher:
    matcher = Matcher()
    for one in subscriptions:
        matcher.put(one)
    return matcher


def test_an_update_is_told_with_the_whole_entity() -> None:
    before = entity(level=1, name="a")
    after = put(before, level=2)
    notices = told(matching(subscription()), change(before, after))
    (entry,) = notices["urn:s:1"].entries
    assert entry.entity == after
    assert entry.previous == {}


def test_other_types_and_unwatched_attributes_are_not_told() -> None:
    matcher = matching(subscription(watchedAttributes=["level"]))
    pump = entity(kind="Pump", level=1)
    tank = entity(level=1, name="a")
    assert not told(matcher, change(pump, put(pump, level=2)))
    assert not told(matcher, change(tank, put(tank, name="b")))
    assert told(matcher, change(tank, put(tank, level=2)))


@pytest.mark.parametrize(
    ("trigger", "kinds"),
    [
        ("entityCreated", {"create"}),
        ("entityUpdated", {"create", "add", "update", "remove", "delete"}),
        ("entityDeleted", {"delete"}),
        ("attributeCreated", {"create", "add"}),
        ("attributeUpdated", {"update"}),
        ("attributeDeleted", {"remove", "delete"}),
    ],
)
def test_each_trigger_tells_its_kinds_of_change(trigger: str, kinds: set[str]) -> None:
    matcher = matching(subscription(notificationTrigger=[trigger]))
    tank = entity(level=1)
    changes = {
        "create": change(None, tank),
        "add": change(tank, put(tank, name="a")),
        "update": change(tank, put(tank, level=2)),
        "remove": change(tank, without(tank, "level")),
        "delete": change(tank, None),
    }
    assert {kind for kind, one in changes.items() if told(matcher, one)} == kinds


def test_conditions_are_asked_of_the_entity_as_it_becomes() -> None:
    matcher = matching(subscription(q="level>5"))
    low, high = entity(level=1), entity(level=9)
    assert told(matcher, change(low, put(low, level=7)))
    assert not told(matcher, change(high, put(high, level=2)))


def test_scope_and_place_are_asked_too() -> None:
    geo = {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": [1.0, 1.0]}
    matcher = matching(subscription(scopeQ="/north/#", geoQ=geo))
    place = Attribute(Kind.GEO_PROPERTY, {"type": "Point", "coordinates": [1.0, 1.0]})
    bare = entity(level=1)
    there = msgspec.structs.replace(bare, attrs=bare.attrs | {iri("location"): (place,)})
    scoped = msgspec.structs.replace(there, scope=("/north/harbour",))
    assert not told(matcher, change(None, bare), change(None, there))
    assert told(matcher, change(None, scoped))


def test_several_entities_of_one_request_go_in_one_notice() -> None:
    first, second = entity(1, level=1), entity(2, level=1)
    notices = told(
        matching(subscription()),
        change(None, first),
        change(first, put(first, level=2)),
        change(None, second),
    )
    found = notices["urn:s:1"].entries
    assert [(e.entity.id, e.entity.attrs[iri("level")][0].value) for e in found] == [
        ("urn:t:1", 2),
        ("urn:t:2", 1),
    ]


def test_previous_values_are_those_before_the_request() -> None:
    tank = entity(level=1, name="a")
    second = put(tank, level=2)
    matcher = matching(subscription(wanted={"showChanges": True}))
    notices = told(matcher, change(tank, second), change(second, put(second, level=3)))
    (entry,) = notices["urn:s:1"].entries
    assert entry.previous == {iri("level"): (Attribute(Kind.PROPERTY, 1),)}


def test_what_was_deleted_is_told_to_those_who_ask() -> None:
    tank = entity(level=1, name="a")
    matcher = matching(
        subscription(notificationTrigger=["attributeDeleted"], watchedAttributes=["level"])
    )
    (entry,) = told(matcher, change(tank, None, at=7))["urn:s:1"].entries
    assert entry.deleted_at == 7
    assert list(entry.removed) == [iri("level")]


def test_one_instance_of_several_may_be_deleted() -> None:
    name = iri("name")
    french = Attribute(Kind.PROPERTY, "Tour", dataset_id="urn:d:fr")
    default = Attribute(Kind.PROPERTY, "Tower")
    both = Entity("urn:t:1", (iri("Tank"),), {name: (default, french)})
    one = Entity("urn:t:1", (iri("Tank"),), {name: (default,)})
    matcher = matching(subscription(notificationTrigger=["attributeDeleted"]))
    (entry,) = told(matcher, change(both, one))["urn:s:1"].entries
    assert entry.removed == {name: (french,)}
    assert not told(matcher, change(one, both))


def test_throttling_keeps_the_distance_and_reminds_of_what_was_held_back() -> None:
    matcher = matching(subscription(throttling=5))
    tank = entity(level=1)
    assert told(matcher, change(None, tank, at=10 * SECOND))
    (reminder,) = matcher.deliver([change(tank, put(tank, level=2), at=11 * SECOND)])
    assert reminder.due_at == 15 * SECOND
    assert from_body(reminder.body).entries == ()
    assert not matcher.deliver([change(tank, put(tank, level=3), at=12 * SECOND)])
    (entry,) = matcher.pacing.take("urn:s:1", 15 * SECOND)
    assert entry.entity.attrs[iri("level")][0].value == 3
    assert told(matcher, change(tank, put(tank, level=4), at=20 * SECOND))["urn:s:1"].entries


def test_a_reminder_that_was_lost_is_given_again() -> None:
    matcher = matching(subscription(throttling=5))
    assert matcher.deliver([change(None, entity(1, level=1), at=10 * SECOND)])
    assert matcher.deliver([change(None, entity(2, level=1), at=11 * SECOND)])
    assert not matcher.deliver([change(None, entity(3, level=1), at=60 * SECOND)])
    assert matcher.deliver([change(None, entity(4, level=1), at=80 * SECOND)])
    assert len(matcher.pacing.take("urn:s:1", 80 * SECOND)) == 3


def test_throttling_counts_from_the_last_notification_before_a_restart() -> None:
    matcher = Matcher()
    matcher.put(subscription(throttling=5), last=10 * SECOND)
    (notice,) = told(matcher, change(None, entity(level=1), at=14 * SECOND)).values()
    assert notice.entries == ()


def test_pausing_forgets_what_was_held_back() -> None:
    matcher = matching(subscription(throttling=5))
    assert matcher.deliver([change(None, entity(1, level=1), at=10 * SECOND)])
    assert matcher.deliver([change(None, entity(2, level=1), at=11 * SECOND)])
    matcher.put(subscription(throttling=5, isActive=False))
    matcher.put(subscription(throttling=5))
    (notice,) = told(matcher, change(None, entity(3, level=1), at=12 * SECOND)).values()
    assert len(notice.entries) == 1


def test_paused_expired_periodic_and_dropped_ones_tell_nothing() -> None:
    paused = subscription(1, isActive=False)
    expired = subscription(2, expiresAt="1970-01-01T00:00:01Z")
    periodic = subscription(3, timeInterval=5)
    matcher = matching(paused, expired, periodic, subscription(4))
    matcher.drop("urn:s:4")
    matcher.drop("urn:s:unknown")
    assert not told(matcher, change(None, entity(level=1), at=2 * SECOND))


def test_a_changed_subscription_takes_the_place_of_the_old_one() -> None:
    matcher = matching(subscription(watchedAttributes=["level"]))
    matcher.put(subscription(entities=[{"type": "Pump"}]))
    assert not told(matcher, change(None, entity(level=1)))
    assert told(matcher, change(None, entity(kind="Pump", level=1)))


def test_without_entities_any_type_with_a_watched_attribute_is_told() -> None:
    document = {
        "type": "Subscription",
        "watchedAttributes": ["level"],
        "notification": {"endpoint": {"uri": "http://localhost:9/"}},
    }
    one = read_subscription(document, CORE, subscription_id="urn:s:1", now=0)
    matcher = matching(one)
    assert told(matcher, change(None, entity(kind="Anything", level=1)))
    assert not told(matcher, change(None, entity(kind="Anything", name="a")))


def test_while_too_much_waits_the_last_states_are_held_back() -> None:
    matcher = Matcher(most_waiting=1)
    matcher.put(subscription())
    (first,) = matcher.deliver([change(None, entity(1, level=1))])
    (reminder,) = matcher.deliver([change(None, entity(2, level=1), at=SECOND)])
    assert from_body(reminder.body).entries == ()
    assert reminder.due_at == SECOND
    assert not matcher.deliver([change(None, entity(2, level=2), at=2 * SECOND)])
    for item in (first, reminder):
        matcher.waits("urn:s:1", -len(item.body))
    (entry,) = matcher.pacing.take("urn:s:1", 3 * SECOND)
    assert entry.entity.attrs[iri("level")][0].value == 2
    assert told(matcher, change(None, entity(3, level=1), at=4 * SECOND))["urn:s:1"].entries


names = st.sampled_from(["level", "name", "flow"])
kinds = st.sampled_from(["Tank", "Pump", "Valve"])
values = st.dictionaries(names, st.integers(0, 5), max_size=3)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    number, kind = draw(st.integers(1, 3)), draw(kinds)
    before = draw(st.none() | values)
    after = draw(st.none() | values if before is not None else values)
    old = None if before is None else entity(number, kind, **before)
    if after is None:
        return change(old, None, at=draw(st.integers(0, 20)) * SECOND)
    new = entity(number, kind, **after)
    if old is not None:
        shared = {
            name: old.attrs[name] for name in new.attrs if old.attrs.get(name) == new.attrs[name]
        }
        new = msgspec.structs.replace(new, attrs=new.attrs | shared)
    return change(old, new, at=draw(st.integers(0, 20)) * SECOND)


@st.composite
def subscriptions(draw: st.DrawFn) -> Subscription:
    members: dict[str, Any] = {
        "entities": [
            {"type": draw(st.sampled_from(["Tank", "Pump|Valve", "*", "Tank;Pump"]))}
            | draw(st.sampled_from([{}, {"id": "urn:t:1"}, {"idPattern": "[12]$"}]))
        ],
        "notificationTrigger": draw(st.lists(st.sampled_from(list(TRIGGERS)), min_size=1)),
        "isActive": draw(st.booleans()),
    }
    watched = draw(st.lists(names, unique=True, max_size=2))
    if watched:
        members["watchedAttributes"] = watched
    if draw(st.booleans()):
        members["q"] = f"level>{draw(st.integers(0, 5))}"
    if draw(st.booleans()):
        members["expiresAt"] = "1970-01-01T00:00:10Z"
    return subscription(draw(st.integers(1, 6)), **members)


def expected(one: Subscription, happened: Change) -> bool:
    """The rules read aloud: active, one of the entities, a watched attribute, a trigger."""
    seen = happened.after or happened.before
    assert seen is not None
    before = happened.before.attrs if happened.before else {}
    after = happened.after.attrs if happened.after else {}
    touched = {name for name in {*before, *after} if before.get(name) is not after.get(name)}
    cared = touched & set(one.watched) if one.watched else touched
    kinds_found = {
        Trigger.ATTRIBUTE_CREATED
        if name not in before
        else Trigger.ATTRIBUTE_DELETED
        if name not in after
        else Trigger.ATTRIBUTE_UPDATED
        for name in cared
    }
    if happened.before is None and (cared or not one.watched):
        kinds_found.add(Trigger.ENTITY_CREATED)
    if happened.after is None and (cared or not one.watched):
        kinds_found.add(Trigger.ENTITY_DELETED)
    selector = one.entities[0]
    kind = seen.types[0].rsplit("/", 1)[1]
    typed = {"Tank": {"Tank"}, "Pump|Valve": {"Pump", "Valve"}, "Tank;Pump": set()}
    text = selector.types.replace(iri("x")[:-1], "")
    level = seen.attrs.get(iri("level"))
    asked = int(one.q.rsplit(">", 1)[1]) if one.q is not None else None
    return (
        one.active
        and (one.expires_at is None or happened.at < one.expires_at)
        and (text == "*" or kind in typed[text])
        and (not selector.ids or seen.id in selector.ids)
        and (selector.id_pattern is None or seen.id[-1] in "12")
        and (asked is None or (level is not None and level[0].value > asked))
        and any(one.trigger & found for found in kinds_found)
    )


@given(st.lists(subscriptions(), max_size=6), st.lists(changes(), min_size=1, max_size=5))
def test_the_index_tells_whom_the_rules_name(
    many: list[Subscription], happened: list[Change]
) -> None:
    matcher = Matcher()
    there: dict[str, Subscription] = {}
    for one in many:
        matcher.put(one)
        there[one.id] = one
    wanted = {
        key: {c.entity.id for c in happened if expected(one, c)} for key, one in there.items()
    }
    found = {
        key: {entry.entity.id for entry in notice.entries}
        for key, notice in told(matcher, *happened).items()
    }
    assert found == {key: ids for key, ids in wanted.items() if ids}
    for key in there:
        matcher.drop(key)
    assert not told(matcher, *happened)


def test_a_hundred_unrelated_subscriptions_cost_a_change_next_to_nothing() -> None:
    others = [subscription(n, entities=[{"type": f"Other{n}"}]) for n in range(50)]
    others += [subscription(100 + n, watchedAttributes=[f"other{n}"]) for n in range(50)]
    matcher = matching(*others)
    tank = entity(level=1, flow=1, name="a", a=1, b=2)
    happened = [change(tank, put(tank, level=2, flow=2))] * 2000
    best = min(_seconds(matcher, happened) for _ in range(5))
    assert best / len(happened) < 20e-6


def _seconds(matcher: Matcher, happened: list[Change]) -> float:
    start = time.perf_counter()
    assert not matcher.deliver(happened)
    return time.perf_counter() - start
