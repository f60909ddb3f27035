"""Notices: turn by turn, until somebody cares, whatever fails in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.operate.notices.conftest import PLAN, TellingTown

from kota.context.notification_sending import UndeliveredError
from kota.errors import ConfigurationError, ConflictError, NotFoundError
from kota.operate.actor import Actor
from kota.operate.alarms.states import Event

Open = Callable[..., Awaitable[TellingTown]]
SITI = Actor("Siti", "operator")


async def test_alarm_when_nobody_acknowledges_then_the_chain_goes_on(telling: Open) -> None:
    t = await telling()
    t.clock.advance(12 * 3600)
    await t.alarm("T-1", Event.RAISE)
    await t.settle()
    assert t.channel.sent == [("siti", "Level is low: Tank T-1")]
    await t.after(599)
    assert len(t.channel.sent) == 1
    await t.after(2)
    assert [who for who, _ in t.channel.sent] == ["siti", "budi", "board"]
    await t.after(9999)
    assert len(t.channel.sent) == 3
    assert t.notices.select()[0].state == "open"


async def test_alarm_when_acknowledged_then_nobody_else_is_told(telling: Open) -> None:
    t = await telling()
    await t.alarm("T-1", Event.RAISE)
    await t.settle()
    await t.alarm("T-1", Event.ACKNOWLEDGE)
    await t.after(9999)
    assert [who for who, _ in t.channel.sent] == ["siti"]
    assert t.notices.select()[0].state == "over"


async def test_notice_when_acknowledged_by_hand_then_nobody_else_is_told_and_it_is_audited(
    telling: Open,
) -> None:
    t = await telling()
    await t.alarm("T-1", Event.RAISE)
    await t.settle()
    key = t.notices.select()[0].id
    await t.notices.acknowledge(key, SITI)
    await t.after(9999)
    assert len(t.channel.sent) == 1
    assert t.notices.get(key).acknowledged_by == "Siti"
    assert b"notice.acknowledge" in (await t.state.audit.read())[-1].body
    with pytest.raises(ConflictError, match="it is acknowledged"):
        await t.notices.acknowledge(key, SITI)


async def test_route_when_the_priority_is_another_then_nobody_is_told(telling: Open) -> None:
    t = await telling()
    await t.alarm("T-1", Event.RAISE, severity="minor")
    await t.settle()
    assert t.notices.notices == {}


async def test_incident_when_it_spreads_then_it_is_one_notice_until_all_are_seen(
    telling: Open,
) -> None:
    t = await telling()
    for name in ("T-1", "T-2", "T-3"):
        await t.alarm(name, Event.RAISE, group="burst")
        await t.settle()
    (notice,) = t.notices.select()
    assert len(notice.alarms) == 3
    assert len(t.channel.sent) == 1
    await t.alarm("T-1", Event.ACKNOWLEDGE)
    await t.settle()
    assert t.notices.select()[0].state == "open"
    for name in ("T-2", "T-3"):
        await t.alarm(name, Event.ACKNOWLEDGE)
    await t.settle()
    assert t.notices.select()[0].state == "over"


async def test_quiet_hours_when_it_can_wait_then_it_waits_visibly(telling: Open) -> None:
    plan = PLAN.replace(
        'name = "duty"', 'name = "duty"\nquiet = { from = "22:00", until = "06:00" }'
    )
    t = await telling(plan)
    t.clock.advance(3600)  # 01:00
    await t.notices.tell("a", "duty", title="x", text="x", priority="high")
    await t.settle()
    (delivery,) = t.notices.select()[0].deliveries
    assert (delivery.state, delivery.reason) == ("waiting", "quiet hours")
    await t.notices.tell("b", "duty", title="now", text="x", priority="critical")
    await t.settle()
    assert t.channel.sent == [("siti", "now")]
    await t.after(5 * 3600 - 1)
    assert len([one for one in t.channel.sent if one == ("siti", "x")]) == 0
    await t.after(2)
    assert ("siti", "x") in t.channel.sent


async def test_delivery_when_it_fails_then_tried_again_then_given_up_and_retried_by_hand(
    telling: Open,
) -> None:
    t = await telling()
    t.channel.error = UndeliveredError("the server is away")
    await t.notices.tell("a", "siti", title="x", text="x", priority="high")
    await t.settle()
    found = t.notices.select()[0].deliveries
    assert {(one.state, one.attempts, one.reason) for one in found} == {
        ("waiting", 1, "the server is away")
    }
    await t.after(30)
    await t.after(60)
    found = t.notices.select()[0].deliveries
    assert {(one.state, one.attempts) for one in found} == {("failed", 3)}
    t.channel.error = None
    await t.notices.retry(t.notices.select()[0].id, SITI)
    await t.settle()
    assert {one.state for one in t.notices.select()[0].deliveries} == {"sent"}
    with pytest.raises(ConflictError, match="nothing of it failed"):
        await t.notices.retry(t.notices.select()[0].id, SITI)


async def test_delivery_when_trying_again_is_of_no_use_then_given_up_at_once(telling: Open) -> None:
    t = await telling()
    t.channel.error = UndeliveredError("no such mailbox", lasting=True)
    await t.notices.tell("a", "siti", title="x", text="x", priority="high")
    await t.settle()
    assert {one.state for one in t.notices.select()[0].deliveries} == {"failed"}
    assert t.notices.counts()["failed"] == 2


async def test_restart_when_things_wait_then_they_are_sent_and_nothing_twice(telling: Open) -> None:
    t = await telling()
    t.clock.advance(12 * 3600)
    t.channel.error = UndeliveredError("away")
    await t.notices.tell("a", "siti", title="x", text="x", priority="high")
    await t.settle()
    await t.alarm("T-1", Event.RAISE)  # committed, and the town dies before it was told
    await t.close()
    t.channel.error = None
    t = await telling(None)
    await t.after(60)
    assert sorted(t.channel.sent) == [
        ("siti", "Level is low: Tank T-1"),
        ("siti", "x"),
        ("siti", "x"),
    ]
    await t.close()
    t = await telling(None)
    await t.after(5)
    assert len(t.channel.sent) == 3
    assert await t.notices.tell("a", "siti", title="x", text="x", priority="high")
    await t.settle()
    assert len(t.channel.sent) == 3


async def test_notice_when_nobody_is_of_that_name_then_refused(telling: Open) -> None:
    t = await telling()
    with pytest.raises(NotFoundError, match="'nobody' is no chain and no contact"):
        await t.notices.tell("a", "nobody", title="x", text="x", priority="low")


async def test_old_notices_when_closed_then_forgotten(telling: Open) -> None:
    t = await telling()
    await t.notices.tell("a", "siti", title="x", text="x", priority="high")
    await t.settle()
    await t.after(31 * 86400)
    assert t.notices.notices == {}
    assert await t.state.list_documents("notice") == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('email = "siti@town.example"', 'email = "siti"', 3, "is not an address"),
        ("kota/notices/board", "kota/pumps/1/cmd", 12, "it lies below kota/notices/"),
        ("kota/notices/board", "kota/notices/#", 12, "cannot be a topic"),
        ('name = "budi"', 'name = "siti"', 7, "'siti' is there already"),
        ('to = ["siti"]', 'to = ["sita"]', 19, "'sita' is no contact"),
        ('by = ["email"]', 'by = ["webhook"]', 20, "'siti' has no webhook"),
        ("after = 600", "after = -1", 24, "at least 0"),
        ("22:00", "22", 13, "not a time of day"),
        ('to = "duty"', 'to = "dty"', 27, "is no chain and no contact"),
        ("/Town/#", "", 29, "scope"),
        ("[[route]]", "[[route", 26, ""),
    ],
)
async def test_plan_when_wrong_then_refused_with_its_line_and_the_running_one_stays(
    telling: Open, old: str, new: str, line: int, said: str
) -> None:
    t = await telling()
    before = t.notices.plan
    (t.folder / "notices" / "plan.toml").write_text(PLAN.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as refused:
        await t.notices.reload()
    assert f"plan.toml line {line}" in str(refused.value)
    assert said in str(refused.value)
    assert t.notices.plan is before
