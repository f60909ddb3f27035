"""A subscription to context source registrations (clauses 5.2.12, 5.3.2 and 5.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from uuid import uuid4

import msgspec

from kota.context.members import Members
from kota.context.notifications import OF_SOURCES
from kota.context.sources.matching import Asked, SourceQuery
from kota.context.sources.registration import Registration
from kota.context.subscription import Selector, Subscription
from kota.context.subscription_reading import read_subscription
from kota.context.subscription_writing import write_subscription
from kota.context.tally import Tally
from kota.errors import BadRequestDataError
from kota.model.jsonld import Context
from kota.model.query import geo, q, scope, temporal, types
from kota.model.query.pattern import compile_pattern
from kota.model.terms import LOCATION
from kota.store.state.protocol import Document, OutboxItem

DOCUMENT_KIND = "source-subscription"
DESTINATION = OF_SOURCES

Reason = Literal["newlyMatching", "updated", "noLongerMatching"]


class Span(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """When the sources are to have something: the members of a temporal query."""

    timerel: str
    time_at: str
    end_time_at: str | None = None
    timeproperty: str | None = None

    def parsed(self) -> temporal.TemporalQuery:
        """The query.

        Raises:
            BadRequestDataError: a member is wrong.
        """
        return temporal.parse(
            timerel=self.timerel,
            time_at=self.time_at,
            end_time_at=self.end_time_at,
            timeproperty=self.timeproperty or "observedAt",
        )


class SourceSubscription(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who is told of sources.

    Args:
        subscription: which entities and attributes they are to have, and whom to tell.
        span: when they are to have them.
    """

    subscription: Subscription
    span: Span | None = None

    @property
    def id(self) -> str:
        """Its URI."""
        return self.subscription.id

    def to_document(self) -> Document:
        """As the store keeps it."""
        return Document(DOCUMENT_KIND, self.id, msgspec.json.encode(self))


class SourceNotice(msgspec.Struct, frozen=True, array_like=True):
    """What one notification tells: registrations as they were when it happened."""

    id: str
    at: int
    reason: Reason
    registrations: tuple[Registration, ...]

    def to_item(self, subscription_id: str) -> OutboxItem:
        """As it waits in the outbox."""
        return OutboxItem(DESTINATION + subscription_id, _ENCODER.encode(self), self.at)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(SourceNotice)


def notice(at: int, reason: Reason, registrations: tuple[Registration, ...]) -> SourceNotice:
    """A notice with a new id."""
    return SourceNotice(
        f"urn:ngsi-ld:ContextSourceNotification:{uuid4()}", at, reason, registrations
    )


def notice_of(body: bytes) -> SourceNotice:
    """Undo `SourceNotice.to_item`."""
    return _DECODER.decode(body)


def from_document(document: Document) -> SourceSubscription:
    """Undo `SourceSubscription.to_document`."""
    return msgspec.json.decode(document.body, type=SourceSubscription)


def read_source_subscription(
    document: dict[str, Any], context: Context, *, subscription_id: str, now: int
) -> SourceSubscription:
    """Check a whole subscription to sources; see `read_subscription`."""
    if document.get("watchedAttributes") == []:
        raise BadRequestDataError("watchedAttributes: must be a list that is not empty")
    span = None
    if document.get("temporalQ") is not None:
        inner = Members(document, context).inner("temporalQ")
        rel, at = inner.text("timerel"), inner.text("timeAt")
        if rel is None or at is None:
            raise BadRequestDataError("temporalQ: needs timerel and timeAt")
        span = Span(rel, at, inner.text("endTimeAt"), inner.text("timeproperty"))
        span.parsed()
    subscription = read_subscription(document, context, subscription_id=subscription_id, now=now)
    return SourceSubscription(subscription, span)


def write_source_subscription(
    subscription: SourceSubscription,
    compact: Callable[[str], str],
    *,
    now: int,
    tally: Tally | None = None,
    sys_attrs: bool = False,
) -> dict[str, Any]:
    """As clients read it; see `write_subscription`."""
    written = write_subscription(
        subscription.subscription, compact, now=now, tally=tally, sys_attrs=sys_attrs
    )
    for name in ("notificationTrigger", "jsonldContext"):
        written.pop(name, None)
    if not written["notification"].get("timesFailed"):
        written["notification"].pop("timesFailed", None)
    if subscription.span is not None:
        written["temporalQ"] = msgspec.to_builtins(subscription.span)
    return written


def queries(subscription: SourceSubscription) -> tuple[SourceQuery, ...]:
    """What a source has to match, one of these."""
    inner = subscription.subscription
    place = inner.geo
    whole = SourceQuery(
        q=None if inner.q is None else q.parse(inner.q, str, links=True),
        csf=None if inner.csf is None else q.parse(inner.csf, str),
        scope_q=None if inner.scope_q is None else scope.parse(inner.scope_q),
        geo=None
        if place is None
        else geo.parse(
            georel=place.georel,
            geometry=place.geometry,
            coordinates=place.coordinates,
            geoproperty=place.geoproperty or LOCATION,
        ),
        temporal=None if subscription.span is None else subscription.span.parsed(),
    )
    wanted = inner.wanted.attributes
    attributes = frozenset((*inner.watched, *wanted)) if wanted or inner.watched else frozenset()
    each = [_asked(one, attributes) for one in inner.entities] or [Asked(attributes=attributes)]
    return tuple(msgspec.structs.replace(whole, asked=asked) for asked in each)


def _asked(selector: Selector, attributes: frozenset[str]) -> Asked:
    pattern = selector.id_pattern
    return Asked(
        types=None if selector.types == "*" else types.parse(selector.types, str),
        ids=selector.ids,
        id_pattern=None if pattern is None else compile_pattern(pattern, "idPattern"),
        attributes=attributes,
    )
