"""Who is told, how, in which order and when not; a city writes it in a TOML file."""

from __future__ import annotations

from typing import Literal

import msgspec

from kota.operate.alarms.priority import Priority
from kota.operate.rules.definition import Calendar, Day

Way = Literal["email", "webhook", "mqtt", "push"]


class Quiet(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Hours in which what can wait waits until they are over.

    Args:
        begin, end: ``HH:MM`` by the town's wall clocks. In TOML the keys are ``from``, ``until``.
        days: of the week on which they begin; empty: all.
        but: priorities that do not wait. In TOML the key is ``except``.
    """

    begin: str = msgspec.field(name="from")
    end: str = msgspec.field(name="until")
    days: tuple[Day, ...] = ()
    but: tuple[Priority, ...] = msgspec.field(default=("critical",), name="except")

    @property
    def calendar(self) -> Calendar:
        """When it is quiet."""
        return Calendar(self.days, (), self.begin, self.end)


class Contact(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Somebody who can be told.

    Args:
        name: unique; an account of the same name is the same person.
        email: address.
        webhook: address of a service that takes JSON; its host must be allowed.
        mqtt: topic below ``kota/notices/``.
        push: whether to tell the browsers in which the account asked for it.
        quiet: when not to be told.
    """

    name: str
    email: str | None = None
    webhook: str | None = None
    mqtt: str | None = None
    push: bool = False
    quiet: Quiet | None = None

    @property
    def ways(self) -> dict[Way, str]:
        """Addresses by the way there."""
        found: dict[Way, str | None] = {
            "push": self.name if self.push else None,
            "email": self.email,
            "webhook": self.webhook,
            "mqtt": self.mqtt,
        }
        return {way: address for way, address in found.items() if address is not None}


class Turn(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whose turn it is.

    Args:
        to: contacts.
        after: so long after the notice, unless somebody has acknowledged it by then [s].
        by: ways; empty: all that a contact has.
    """

    to: tuple[str, ...]
    after: float = 0.0
    by: tuple[Way, ...] = ()


class Chain(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """People who are told one after the other until somebody cares.

    Args:
        name: unique, also among contacts.
        step: turns, in the order of time.
        quiet: when not to be told.
    """

    name: str
    step: tuple[Turn, ...]
    quiet: Quiet | None = None


class Route(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Which alarms go to whom; what is empty asks for nothing.

    Args:
        to: a chain or a contact.
        priority: any of these.
        owner: whom the alarm concerns.
        definition: id of its definition.
        scope: where it is, in the NGSI-LD scope query language.
    """

    to: str
    priority: tuple[Priority, ...] = ()
    owner: str | None = None
    definition: str | None = None
    scope: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """Everything together."""

    contact: tuple[Contact, ...] = ()
    chain: tuple[Chain, ...] = ()
    route: tuple[Route, ...] = ()

    def chain_of(self, name: str) -> Chain | None:
        """The chain of this name, or that of the one contact; None: there is neither."""
        for chain in self.chain:
            if chain.name == name:
                return chain
        found = any(one.name == name for one in self.contact)
        return Chain(name=name, step=(Turn((name,)),)) if found else None

    def contact_of(self, name: str) -> Contact | None:
        """The contact of this name."""
        return next((one for one in self.contact if one.name == name), None)
