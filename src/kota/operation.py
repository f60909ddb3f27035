"""What people operate the city with besides alarms and commands, brought together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from kota.clock import Clock
from kota.config import NOTICES, RULES, WORK, Settings
from kota.connect.mqtt import MqttConnector
from kota.connect.plant_clocks import PlantClocks
from kota.context.notification_sending import Sender
from kota.context.outgoing import Outgoing
from kota.context.staleness import Staleness
from kota.model.jsonld import Context
from kota.model.query import Lens
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.room import Alarms
from kota.operate.commands.room import Commands
from kota.operate.notices.browsers import Browsers
from kota.operate.notices.channel import (
    Channel,
    EmailChannel,
    MqttChannel,
    NoChannel,
    WebhookChannel,
)
from kota.operate.notices.definition import Way
from kota.operate.notices.room import Notices
from kota.operate.notices.web_push import Voucher, load_push_key
from kota.operate.retention import Keeper
from kota.operate.rules.acting import Hands
from kota.operate.rules.alarming import alarms_of
from kota.operate.rules.definition_file import read_rules, sources_of
from kota.operate.rules.room import Rules
from kota.operate.subjects import Subjects
from kota.operate.work.order import Order
from kota.operate.work.room import Work
from kota.operate.work.states import Event, State
from kota.store.history import HistoryStore
from kota.store.state import StateStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Rules, work orders and notices of one running Kota."""

    work: Work
    notices: Notices
    browsers: Browsers
    rules: Rules
    subjects: Subjects
    keeper: Keeper


def rule_alarms(settings: Settings, names: Context) -> list[AlarmDefinition]:
    """The alarms that the town's rules raise.

    Raises:
        ConfigurationError: a rule is wrong; names its file and line.
    """
    own = [settings.data / RULES] if (settings.data / RULES).is_dir() else []
    return alarms_of(read_rules(sources_of([*own, *settings.rules]), names.expand))


async def open_operation(
    stack: AsyncExitStack,
    settings: Settings,
    names: Context,
    *,
    state: StateStore,
    history: HistoryStore,
    clock: Clock,
    clocks: PlantClocks,
    staleness: Staleness,
    alarms: Alarms,
    commands: Commands,
    mqtt: MqttConnector | None,
    rule: Outgoing,
    plain: Lens | None,
    url: str,
) -> Operation:
    """Open them; they are closed with the stack.

    Args:
        stack: closes them.
        settings, names: of the town.
        state, history, clock, clocks, staleness, alarms, commands, mqtt: its rooms.
        rule: which hosts may be called.
        plain: what of an entity more people see; None: everything.
        url: of the dashboard.
    """
    zone: tzinfo = UTC if settings.timezone is None else ZoneInfo(settings.timezone)
    work = Work(state, clock, settings.data / WORK, plain)
    await work.start()
    sender = Sender(rule)
    stack.push_async_callback(sender.close)
    voucher = Voucher(load_push_key(settings.data), _contact(settings, url))
    browsers = Browsers(state, clock, sender, rule, voucher)
    notices = Notices(
        settings.data / NOTICES,
        settings.notices,
        zone,
        store=state,
        clock=clock,
        channels=_channels(settings, sender, browsers, mqtt, url),
    )
    await notices.start()
    stack.push_async_callback(notices.close)
    await stack.enter_async_context(running(notices.run(), "kota-notices"))
    work.on_event(_assigned(notices))
    rules = Rules(
        settings.data / RULES,
        settings.rules,
        names.expand,
        zone,
        store=state,
        history=history,
        clock=clock,
        clocks=clocks,
        staleness=staleness,
        hands=Hands(state, clock, names.expand, commands=commands, works=work, tells=notices),
        plain=plain,
    )
    await rules.start()
    stack.push_async_callback(rules.close)
    await stack.enter_async_context(running(rules.run(), "kota-rules"))
    subjects = Subjects(
        state, history, notices, clock, settings.data, names.compact, (rules, alarms)
    )
    await subjects.start()
    keeper = Keeper(settings.retention, names.expand, state, history, clock)
    await stack.enter_async_context(running(keeper.run(), "kota-retention"))
    return Operation(
        work=work,
        notices=notices,
        browsers=browsers,
        rules=rules,
        subjects=subjects,
        keeper=keeper,
    )


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Let something run beside until the block ends."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _channels(
    settings: Settings,
    sender: Sender,
    browsers: Browsers,
    mqtt: MqttConnector | None,
    url: str,
) -> dict[Way, Channel]:
    email: Channel = NoChannel("no mail server is set up; name one in [smtp]")
    if settings.smtp is not None:
        email = EmailChannel(settings.smtp, settings.title, url)
    publish = None if mqtt is None else mqtt.publish
    return {
        "email": email,
        "webhook": WebhookChannel(sender),
        "mqtt": MqttChannel(publish),
        "push": browsers,
    }


def _contact(settings: Settings, url: str) -> str:
    """Whom a push service may ask."""
    return url if settings.smtp is None else f"mailto:{settings.smtp.sender}"


def _assigned(notices: Notices) -> Callable[[Order, Event | None], None]:
    """Tell whoever is given a work order."""

    def watch(order: Order, event: Event | None) -> None:
        given = event is Event.ASSIGN or (event is None and order.state is State.ASSIGNED)
        if given and order.assignee is not None:
            notices.ask(
                f"{order.id}:{len(order.life)}",
                order.assignee,
                title=f"Work order {order.number}: {order.title}",
                text=order.description or order.title,
                priority=order.priority,
            )

    return watch
