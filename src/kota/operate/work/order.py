"""One work order, and its entity."""

from __future__ import annotations

from typing import Final

import msgspec

from kota.model.entity import Entity, Kind
from kota.model.terms import LOCATION, NAME
from kota.operate import keeping
from kota.operate.actor import Actor
from kota.operate.alarms.priority import Priority
from kota.operate.work import terms
from kota.operate.work.photo import Photo
from kota.operate.work.states import State
from kota.store.state import Write

PREFIX: Final = "urn:ngsi-ld:WorkOrder:"


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of the checklist; times in ISO 8601."""

    text: str
    done: bool = False
    by: str | None = None
    at: str | None = None


class Comment(msgspec.Struct, frozen=True):
    """What somebody said about it."""

    at: str
    by: str
    text: str


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of its life."""

    event: str
    state: State
    at: str
    by: str
    role: str
    words: str = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work.

    Args:
        number: as people call it.
        title: what is to be done.
        by: who opened it.
        at: when [µs].
        description: in words.
        state: where it stands.
        since: since when [µs].
        priority: how urgent.
        assignee: who has it.
        due_at: until when [µs].
        subject: id of the entity that is worked on.
        alarm: id of the alarm that it is for.
        cause: id of what led to it otherwise.
        request: by which a rule asked for it; the same opens no second one.
        checklist, comments, photos, life: in order.
    """

    number: int
    title: str
    by: Actor
    at: int
    description: str = ""
    state: State = State.OPEN
    since: int = 0
    priority: Priority = "medium"
    assignee: str | None = None
    due_at: int | None = None
    subject: str | None = None
    alarm: str | None = None
    cause: str | None = None
    request: str | None = None
    checklist: tuple[Item, ...] = ()
    comments: tuple[Comment, ...] = ()
    photos: tuple[Photo, ...] = ()
    life: tuple[Step, ...] = ()

    @property
    def id(self) -> str:
        """Of its entity."""
        return f"{PREFIX}{self.number}"

    @property
    def unticked(self) -> int:
        """Steps of the checklist that are not done."""
        return sum(not one.done for one in self.checklist)


FIELDS: Final = (
    keeping.whole("number", terms.NUMBER),
    keeping.text("title", terms.TITLE),
    keeping.text("description", terms.DESCRIPTION),
    keeping.Field("state", terms.STATE, Kind.PROPERTY, str, State),
    keeping.time("since", terms.SINCE),
    keeping.text("priority", terms.PRIORITY),
    keeping.text("assignee", terms.ASSIGNEE),
    keeping.time("due_at", terms.DUE_AT),
    keeping.link("subject", terms.SUBJECT),
    keeping.link("alarm", terms.ALARM),
    keeping.text("cause", terms.CAUSE),
    keeping.text("request", terms.REQUEST),
    keeping.parts("checklist", terms.CHECKLIST, tuple[Item, ...]),
    keeping.parts("comments", terms.COMMENTS, tuple[Comment, ...]),
    keeping.parts("photos", terms.PHOTOS, tuple[Photo, ...]),
    keeping.parts("life", terms.LIFE, tuple[Step, ...]),
    keeping.parts("by", terms.BY, Actor),
    keeping.time("at", terms.AT),
)


def read_order(entity: Entity) -> Order | None:
    """The work order that an entity tells of; None where it is none of Kota's own."""
    values = keeping.read_fields(entity, FIELDS)
    if values is None or not {"number", "title", "by", "at"} <= values.keys():
        return None
    order = Order(**values)
    return order if order.id == entity.id else None


def writing(order: Order, subject: Entity | None, now: int) -> Write:
    """The write that brings the entity up to its order.

    Args:
        order: as it is.
        subject: what is worked on, as everybody may see it: the order lies where that does.
        now: wall time, stamps what changes.
    """

    def write(before: Entity | None) -> Entity:
        held = {} if before is None else before.attrs
        attrs = keeping.written(held, order, FIELDS, now)
        called = f"{order.number}: {order.title}"
        attrs[NAME] = keeping.stated(held, NAME, Kind.PROPERTY, called, now)
        place = None if subject is None else subject.default(LOCATION)
        if place is not None:
            attrs[LOCATION] = keeping.stated(held, LOCATION, place.kind, place.value, now)
        elif LOCATION in held:
            attrs[LOCATION] = held[LOCATION]
        scope = subject.scope if subject is not None else (before.scope if before else ())
        created = now if before is None else before.created_at
        return Entity(order.id, (terms.WORK_ORDER,), attrs, scope, created, now)

    return Write(order.id, write)
