"""Opens the registrations and what tells of them."""

from __future__ import annotations

from secrets import token_hex

from kota.clock import Clock
from kota.context.contexts import Contexts
from kota.context.notification_mqtt import Publisher
from kota.context.outgoing import Outgoing
from kota.context.sources.federation import Federation
from kota.context.sources.peers import Peers
from kota.context.sources.registrations import Registrations
from kota.context.sources.room import Sources
from kota.context.sources.source_notifier import SourceNotifier
from kota.context.sources.source_subscriptions import SourceSubscriptions
from kota.store.state.protocol import Document, StateStore


async def own_alias(store: StateStore) -> str:
    """How this server calls itself before others, the same after every start."""
    kept = await store.get_document("source", "alias")
    if kept is None:
        kept = f"kota-{token_hex(8)}".encode()
        await store.put_documents([Document("source", "alias", kept)])
    return kept.decode()


async def open_sources(
    store: StateStore,
    contexts: Contexts,
    clock: Clock,
    rule: Outgoing,
    publisher: Publisher | None = None,
) -> tuple[Sources, SourceNotifier]:
    """Take up what the store kept.

    Args:
        store: keeps registrations and subscriptions.
        contexts: the JSON-LD contexts that notices are written in.
        clock: dates them.
        rule: which hosts may be called.
        publisher: publishes over MQTT; None: that is not offered.

    Returns:
        The sources, and what has to run for as long as they are open.
    """
    registrations = Registrations(store, clock)
    await registrations.open()
    subscriptions = SourceSubscriptions(store, registrations, contexts, clock)
    await subscriptions.open()
    peers = Peers(rule, clock, await own_alias(store))
    sources = Sources(
        registrations=registrations,
        subscriptions=subscriptions,
        federation=Federation(registrations, peers, contexts, clock),
        opened_at=clock.now(),
    )
    notifier = SourceNotifier(
        store, subscriptions, registrations, contexts, clock, rule=rule, publisher=publisher
    )
    return sources, notifier
