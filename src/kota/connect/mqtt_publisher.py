"""Publishes at MQTT brokers that others name, over connections that are kept for a while."""

from __future__ import annotations

import asyncio
from secrets import token_hex
from typing import Final

from kota.connect.broker_url import parse_url
from kota.connect.mqtt_session import MqttSession
from kota.context.notification_mqtt import Delivery
from kota.errors import ConfigurationError, ConnectError

MOST: Final = 50
"""So many connections are kept; the oldest is closed for a new one."""


class MqttPublisher:
    """Holds a connection to each broker that was published at."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str | None], MqttSession] = {}
        self._opening: dict[tuple[str, str | None], asyncio.Lock] = {}

    async def publish(self, delivery: Delivery, payload: bytes) -> None:
        """Publish; at a QoS above 0 returns once the broker has the message.

        Raises:
            ConnectError: the broker cannot be reached, or refuses.
        """
        session = await self._session(delivery)
        await session.publish(delivery.topic, payload, qos=delivery.qos)

    async def close(self) -> None:
        """Close the connections."""
        sessions, self._sessions = list(self._sessions.values()), {}
        await asyncio.gather(*(session.close() for session in sessions), return_exceptions=True)

    async def _session(self, delivery: Delivery) -> MqttSession:
        key = (delivery.broker, delivery.version)
        async with self._opening.setdefault(key, asyncio.Lock()):
            known = self._sessions.get(key)
            if known is not None and not known.lost.is_set():
                return known
            try:
                url = parse_url(delivery.broker)
            except ConfigurationError as error:
                raise ConnectError(str(error)) from error
            if known is not None:
                await self._sessions.pop(key).close()
            while len(self._sessions) >= MOST:
                await self._sessions.pop(next(iter(self._sessions))).close()
            session = MqttSession(f"kota-tells-{token_hex(6)}", _ignored, clean=True)
            try:
                await session.open(url, version=delivery.version)
            except ConnectError:
                await session.close()
                raise
            self._sessions[key] = session
            return session


def _ignored(_topic: str, _payload: bytes, _packet_id: int, _again: bool) -> None:
    """Nothing is subscribed to."""
