"""Which subscriptions are taken, and what the refusal of others says."""

from __future__ import annotations

from typing import Any

import pytest

from kota.context.subscription import GeoSelector, Selector, Subscription, from_document
from kota.context.subscription_reading import read_id, read_subscription
from kota.context.subscription_writing import write_subscription
from kota.errors import BadRequestDataError, KotaError, NotSupportedError
from kota.model.jsonld import Context
from kota.model.jsonld import core_context as core

CONTEXT = core().with_terms(
    {"Tank": "https://x.org/Tank", "level": "https://x.org/level", "area": "https://x.org/area"}
)
NOW = 1_767_225_600_000_000
URI = "http://localhost:9/notify"


def document(**members: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "type": "Subscription",
        "entities": [{"type": "Tank"}],
        "notification": {"endpoint": {"uri": URI}},
    }
    return {name: value for name, value in (base | members).items() if value is not ...}


def read(source: dict[str, Any], context: Context = CONTEXT) -> Subscription:
    return read_subscription(source, context, subscription_id="urn:s:1", now=NOW)


FULL = document(
    subscriptionName="levels",
    description="high tanks",
    entities=[
        {"type": "Tank|Pool", "id": "urn:t:1"},
        {"type": "*", "idPattern": "^urn:t:2", "id": ["urn:t:20", "urn:t:21"]},
    ],
    watchedAttributes=["level"],
    notificationTrigger=["entityCreated", "attributeDeleted"],
    q='level>3;area.unit=="m2"',
    scopeQ="/town/#",
    geoQ={
        "georel": "near;maxDistance==200",
        "geometry": "Point",
        "coordinates": [106.8, -6.2],
        "geoproperty": "area",
    },
    csf="level>1",
    throttling=5,
    isActive=False,
    expiresAt="2030-01-01T00:00:00Z",
    lang="ms",
    datasetId=["@none", "urn:d:1"],
    notification={
        "attributes": ["level"],
        "format": "concise",
        "sysAttrs": True,
        "showChanges": True,
        "join": "flat",
        "joinLevel": 2,
        "endpoint": {
            "uri": URI,
            "accept": "application/ld+json",
            "receiverInfo": [{"key": "Authorization", "value": "Bearer x"}],
            "notifierInfo": [{"key": "Prefer", "value": "body=json"}],
            "timeout": 1500,
            "cooldown": 2000,
        },
    },
)


def test_names_are_expanded() -> None:
    subscription = read(FULL)
    assert subscription.watched == ("https://x.org/level",)
    assert subscription.entities[0] == Selector(
        f"https://x.org/Tank|{core().expand('Pool')}", ("urn:t:1",)
    )
    assert subscription.q is not None
    assert subscription.q.startswith("<https://x.org/level>>3")
    assert subscription.geo == GeoSelector(
        "near;maxDistance==200", "Point", [106.8, -6.2], "https://x.org/area"
    )


def test_every_member_comes_back_as_it_was_given() -> None:
    written = write_subscription(read(FULL), CONTEXT.compact, now=NOW)
    for name in ("id", "status", "jsonldContext"):
        del written[name]
    assert written == FULL


def test_a_stored_subscription_is_the_same_again() -> None:
    subscription = read(FULL)
    assert from_document(subscription.to_document()) == subscription


def test_what_only_the_server_sets_and_what_is_unknown_is_ignored() -> None:
    subscription = read(document(status="expired", __context="http://x", timesSent=3))
    assert write_subscription(subscription, str, now=NOW)["status"] == "active"


def test_percent_encoded_queries_are_decoded() -> None:
    assert read(document(q='level=="Eiffel%20Tower"')).q == '<https://x.org/level>=="Eiffel Tower"'


@pytest.mark.parametrize("format_", ["keyValues", "simplified"])
def test_both_names_of_the_simplified_format_mean_the_same(format_: str) -> None:
    given = {"endpoint": {"uri": URI}, "format": format_}
    subscription = read(document(notification=given))
    assert subscription.wanted.form == "simplified"
    assert write_subscription(subscription, str, now=NOW)["notification"]["format"] == format_


def test_an_id_is_kept_and_must_be_a_uri() -> None:
    assert read_id({}) is None
    assert read_id({"id": "urn:s:1"}) == "urn:s:1"
    for wrong in ("invalid", "", 3, None):
        with pytest.raises(BadRequestDataError):
            read_id({"id": wrong})


def endpoint(**members: Any) -> dict[str, Any]:
    return {"notification": {"endpoint": {"uri": URI} | members}}


def wanted(**members: Any) -> dict[str, Any]:
    return {"notification": {"endpoint": {"uri": URI}} | members}


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"type": "Other"}, "type"),
        ({"entities": ...}, "entities"),
        ({"entities": []}, "entities"),
        ({"entities": [{}]}, r"entities\[0\]\.type"),
        ({"entities": [{"type": "T", "id": "x"}]}, r"entities\[0\]\.id"),
        ({"entities": [{"type": "T", "idPattern": "("}]}, r"entities\[0\]\.idPattern"),
        ({"entities": [7]}, r"entities\[0\]"),
        ({"watchedAttributes": []}, "watchedAttributes"),
        ({"watchedAttributes": ["a b"]}, "watchedAttributes"),
        ({"notificationTrigger": ["entityChanged"]}, "notificationTrigger"),
        ({"timeInterval": 0}, "timeInterval"),
        ({"timeInterval": -1}, "timeInterval"),
        ({"timeInterval": 5, "throttling": 5}, "timeInterval"),
        ({"timeInterval": 5, "watchedAttributes": ["level"]}, "timeInterval"),
        ({"throttling": -3}, "throttling"),
        ({"throttling": True}, "throttling"),
        ({"q": "(("}, "q"),
        ({"csf": "(("}, "q"),
        ({"scopeQ": "??"}, "scopeQ"),
        ({"geoQ": {"georel": "near"}}, "geoQ"),
        ({"geoQ": {"georel": "near", "geometry": "Point", "coordinates": [1, 2]}}, "georel"),
        ({"isActive": "yes"}, "isActive"),
        ({"expiresAt": "2000-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"lang": 3}, "lang"),
        ({"datasetId": ["x"]}, "datasetId"),
        ({"notification": ...}, "notification"),
        ({"notification": {}}, r"notification\.endpoint"),
        (endpoint(uri="nowhere"), r"endpoint\.uri"),
        (endpoint(accept="text/html"), r"endpoint\.accept"),
        (endpoint(timeout=0), r"endpoint\.timeout"),
        (endpoint(receiverInfo=[{"key": "K", "value": 4}]), "receiverInfo"),
        (endpoint(receiverInfo=[{"key": "K"}]), "receiverInfo"),
        (endpoint(receiverInfo=[{"key": "Host", "value": "x"}]), "set by this server"),
        (endpoint(receiverInfo=[{"key": "K", "value": "a\r\nB: c"}]), "not an HTTP header"),
        (endpoint(notifierInfo=[{"key": "K", "value": {}}]), "notifierInfo"),
        (wanted(format="xml"), r"notification\.format"),
        (wanted(attributes=[]), r"notification\.attributes"),
        (wanted(pick=[]), r"notification\.pick"),
        (wanted(omit=[]), r"notification\.omit"),
        (wanted(pick=["id"], omit=["id"]), "both in pick and in omit"),
        (wanted(pick=["id"], attributes=["level"]), r"notification\.attributes"),
        (wanted(format="keyValues", showChanges=True), "showChanges"),
        (wanted(join="deep"), r"notification\.join"),
        (wanted(joinLevel=0), r"notification\.joinLevel"),
    ],
)
def test_a_wrong_member_is_named(members: dict[str, Any], place: str) -> None:
    with pytest.raises(BadRequestDataError, match=place):
        read(document(**members))


@pytest.mark.parametrize("uri", ["amqp://localhost/topic", "ftp://localhost/x"])
def test_a_scheme_that_is_not_offered_is_refused(uri: str) -> None:
    with pytest.raises(NotSupportedError, match="not offered"):
        read(document(**endpoint(uri=uri)))


def test_an_endpoint_on_another_host_is_taken() -> None:
    assert read(document(**endpoint(uri="http://my.endpoint.org/notify"))).active


def test_nothing_else_than_a_kota_error_leaves_the_reader() -> None:
    odd: list[Any] = [None, 0, -1, 1.5, "", "x", [], [None], {}, {"a": []}, [[]], True, 10**400]
    for name in [*FULL, "timeInterval"]:
        for value in odd:
            try:
                read(FULL | {name: value})
            except KotaError:
                continue
