"""Notifications over MQTT: where they go and what they look like (clause 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from kota.errors import BadRequestDataError

SCHEMES: Final = ("mqtt", "mqtts")
_VERSIONS: Final[dict[str, Literal["5", "3.1.1"]]] = {"mqtt5.0": "5", "mqtt3.1.1": "3.1.1"}
_LEVELS: Final = {"0": 0, "1": 1, "2": 1}
"""A notice that is told again after a crash is told twice whatever MQTT does, so 2 is sent as 1."""


class Delivery(msgspec.Struct, frozen=True):
    """Where and how a message is published.

    Args:
        broker: ``mqtt://[user:password@]host[:port]``.
        topic: below it.
        qos: quality of service.
        version: of MQTT; None: whatever the broker speaks.
    """

    broker: str
    topic: str
    qos: int
    version: Literal["5", "3.1.1"] | None


class Publisher(Protocol):
    """Publishes at brokers that subscribers name."""

    async def publish(self, delivery: Delivery, payload: bytes) -> None:
        """Publish; at a QoS above 0 returns once the broker has the message.

        Raises:
            ConnectError: the broker cannot be reached, or refuses.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


def read_delivery(uri: str, hints: Sequence[tuple[str, str]] = ()) -> Delivery:
    """Read the endpoint of a subscription.

    Args:
        uri: ``mqtt://[user:password@]host[:port]/topic[/subtopic]``.
        hints: its ``notifierInfo``: ``MQTT-Version`` and ``MQTT-QoS``.

    Raises:
        BadRequestDataError: it names no topic that can be published to, or a hint is unknown.

    >>> read_delivery("mqtt://localhost/a/b", [("MQTT-QoS", "1")]).topic
    'a/b'
    """
    parts = urlsplit(uri)
    topic = unquote(parts.path.removeprefix("/"))
    if not topic or any(char in topic for char in "#+\x00"):
        raise BadRequestDataError(
            f"endpoint.uri: {topic!r} is no topic to publish to", hint="write mqtt://host/topic"
        )
    given = dict(hints)
    version, qos = given.get("MQTT-Version"), given.get("MQTT-QoS", "0")
    if version is not None and version not in _VERSIONS:
        raise BadRequestDataError(
            f"notifierInfo: MQTT-Version {version!r} is unknown", hint="use mqtt3.1.1 or mqtt5.0"
        )
    if qos not in _LEVELS:
        raise BadRequestDataError(f"notifierInfo: MQTT-QoS {qos!r} is unknown; use 0, 1 or 2")
    broker = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    return Delivery(broker, topic, _LEVELS[qos], _VERSIONS.get(version or ""))


def enveloped(body: bytes, headers: dict[str, str]) -> bytes:
    """A notification with what would be its headers beside it (clause 7.2)."""
    return msgspec.json.encode({"metadata": headers, "body": msgspec.Raw(body)})
