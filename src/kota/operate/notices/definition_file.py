"""Contacts, chains and routes out of TOML files; every fault names file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from kota.connect.toml_source import Place, TomlSource
from kota.errors import KotaError
from kota.model.query import scope
from kota.operate.conditions.checking import Fault, number_faults, text_faults
from kota.operate.notices.definition import Chain, Contact, Plan, Quiet, Route

TOPICS: Final = "kota/notices/"
"""No notice is published elsewhere: below other topics devices listen for commands."""
_EMAIL: Final = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def read_plan(sources: Iterable[TomlSource]) -> Plan:
    """Read and check files.

    Raises:
        ConfigurationError: something is wrong, or named twice, or names nobody; says file and line.
    """
    read = [(source, source.convert(Plan)) for source in sources]
    plan = Plan(
        tuple(one for _, part in read for one in part.contact),
        tuple(one for _, part in read for one in part.chain),
        tuple(one for _, part in read for one in part.route),
    )
    seen: set[str] = set()
    for source, part in read:
        for place, fault in _faults(part, plan, seen):
            raise source.error((*place, *fault.place), fault.message, hint=fault.hint)
    return plan


def _faults(part: Plan, plan: Plan, seen: set[str]) -> Iterator[tuple[Place, Fault]]:
    for i, contact in enumerate(part.contact):
        for fault in (*_name(contact.name, seen), *_contact(contact)):
            yield ("contact", i), fault
    for i, chain in enumerate(part.chain):
        for fault in (*_name(chain.name, seen), *_chain(chain, plan)):
            yield ("chain", i), fault
    for i, route in enumerate(part.route):
        for fault in _route(route, plan):
            yield ("route", i), fault


def _name(name: str, seen: set[str]) -> Iterator[Fault]:
    yield from text_faults(("name",), name)
    if name in seen:
        yield Fault(("name",), f"{name!r} is there already")
    seen.add(name)


def _contact(contact: Contact) -> Iterator[Fault]:
    if contact.email is not None and not _EMAIL.fullmatch(contact.email):
        yield Fault(("email",), f"{contact.email!r} is not an address", "such as duty@town.example")
    if contact.webhook is not None and not contact.webhook.startswith(("http://", "https://")):
        yield Fault(("webhook",), f"{contact.webhook!r} is not an address", "https://…")
    topic = contact.mqtt
    if topic is not None and (not topic.startswith(TOPICS) or set(topic) & set("+#\0")):
        yield Fault(("mqtt",), f"{topic!r} cannot be a topic", f"it lies below {TOPICS}")
    if not contact.ways:
        yield Fault((), "name a way: email, webhook, mqtt or push")
    yield from _quiet(contact.quiet)


def _chain(chain: Chain, plan: Plan) -> Iterator[Fault]:
    if not chain.step:
        yield Fault((), "has no [[chain.step]]")
    before = 0.0
    for i, turn in enumerate(chain.step):
        yield from number_faults(("step", i, "after"), turn.after, least=before)
        before = turn.after
        for name in turn.to or ("",):
            contact = plan.contact_of(name)
            if contact is None:
                yield Fault(("step", i, "to"), f"{name!r} is no contact")
                continue
            missing = [way for way in turn.by if way not in contact.ways]
            if missing:
                yield Fault(("step", i, "by"), f"{name!r} has no {missing[0]}")
    yield from _quiet(chain.quiet)


def _route(route: Route, plan: Plan) -> Iterator[Fault]:
    if plan.chain_of(route.to) is None:
        yield Fault(("to",), f"{route.to!r} is no chain and no contact")
    if route.scope is not None:
        try:
            scope.parse(route.scope)
        except KotaError as error:
            yield Fault(("scope",), error.message, error.hint)


def _quiet(quiet: Quiet | None) -> Iterator[Fault]:
    if quiet is None:
        return
    for key, text in (("from", quiet.begin), ("until", quiet.end)):
        if not _TIME.fullmatch(text):
            yield Fault(("quiet", key), f"{text!r} is not a time of day", "such as 22:30")
    if quiet.begin == quiet.end:
        yield Fault(("quiet", "until"), "is the same as from")
