"""Devices over MQTT: a session that outlives restarts, and a connection that comes back."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Final

from kota.connect.broker_url import parse_url
from kota.connect.health import Health
from kota.connect.intake import Intake, receipt_of
from kota.connect.mqtt_session import MqttSession, Version
from kota.connect.plant_clocks import CLOCK_SUBSCRIPTION, CLOCK_TOPIC
from kota.connect.router import outermost
from kota.connect.topics import TopicPattern
from kota.errors import ConnectError, KotaError
from kota.model.instant import SECOND

logger = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0

Listener = Callable[[dict[str, str], bytes], None]
"""Gets the named parts of a topic, and the payload."""


class MqttConnector:
    """Keeps a connection to one broker and hands its messages to the intake.

    A message is acknowledged after its commit. What the broker delivers again after a crash is
    recognised. While too much is uncommitted, nothing is read.

    Args:
        url: ``mqtt://[user:password@]host[:port]``, or ``mqtts`` for TLS.
        client_id: names the session at the broker; the same after every restart.
        intake: takes the messages.

    Raises:
        ConfigurationError: the address is none.
    """

    def __init__(self, url: str, *, client_id: str, intake: Intake) -> None:
        self._url = parse_url(url)
        self._client_id = client_id
        self._intake = intake
        self._wall = intake.clocks.wall
        self._session: MqttSession | None = None
        self._version: Version | None = None
        self._paused = False
        self._on_clock: list[Callable[[], None]] = []
        self._listeners: list[tuple[TopicPattern, Listener]] = []
        self.health = Health(self._url.shown, since=self._wall.now())
        intake.on_room(self._resume)

    def on_clock(self, watcher: Callable[[], None]) -> None:
        """Name a function that is called when a plant has told its time."""
        self._on_clock.append(watcher)

    def listen(self, pattern: TopicPattern, listener: Listener) -> None:
        """Name a function for the messages of a topic; they are no observations."""
        self._listeners.append((pattern, listener))

    async def run(self) -> None:
        """Stay connected until cancelled; the session stays at the broker."""
        wait = FIRST_WAIT_S
        try:
            while True:
                connected_at = self._wall.now()
                try:
                    await self._connect()
                except ConnectError as error:
                    self._version = None
                    self._become_waiting(str(error))
                if self._wall.now() - connected_at > LONGEST_WAIT_S * SECOND:
                    wait = FIRST_WAIT_S
                await asyncio.sleep(wait * random.uniform(0.8, 1.2))
                wait = min(2 * wait, LONGEST_WAIT_S)
        finally:
            self.health.become("stopped", at=self._wall.now())

    async def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        lifetime: float | None = None,
    ) -> None:
        """Publish; at QoS 1 return when the broker has the message.

        Args:
            topic, payload, qos, retain, lifetime: see `MqttSession.publish`.

        Raises:
            ConnectError: there is no connection, or it was lost; the message may not be there.
        """
        if self._session is None or self.health.state == "waiting":
            raise ConnectError(
                f"{self._url.shown} is not connected", hint=self.health.detail or None
            )
        await self._session.publish(topic, payload, qos=qos, retain=retain, lifetime=lifetime)

    async def _connect(self) -> None:
        """Connect and stay until the connection is lost."""
        session = MqttSession(self._client_id, self._on_message)
        self._session, self._paused = session, False
        try:
            await session.open(self._url, version=self._version)
            self._version = session.version
            own = [pattern.subscription for pattern, _ in self._listeners]
            await session.subscribe(
                outermost([*self._intake.router.filters, *own, CLOCK_SUBSCRIPTION])
            )
            self._become_connected(session)
            await session.lost.wait()
        finally:
            self._session = None
            await session.close()
        if session.taken_over:
            self._become_waiting(
                f"another client has connected as {self._client_id!r}; is a second Kota running?"
            )
        else:
            self._become_waiting("the broker closed the connection")

    def _on_message(self, topic: str, payload: bytes, packet_id: int, redelivered: bool) -> None:
        session = self._session
        if session is None:
            return
        if topic.startswith(CLOCK_TOPIC):
            self._intake.behind(lambda: self._tell(topic, payload))
            session.acknowledge([packet_id])
            return
        if self._told_listener(topic, payload):
            session.acknowledge([packet_id])
            return
        receipt = receipt_of(topic, payload, packet_id) if packet_id else None
        self._intake.take(
            topic,
            payload,
            gate=session,
            ticket=packet_id,
            receipt=receipt,
            redelivered=redelivered,
        )
        if self._intake.full:
            self._paused = True
            session.pause()

    def _told_listener(self, topic: str, payload: bytes) -> bool:
        told = False
        for pattern, listener in self._listeners:
            captures = pattern.match(topic)
            if captures is not None:
                listener(captures, payload)
                told = True
        return told

    def _tell(self, topic: str, payload: bytes) -> None:
        """Let a plant's clock go on; never ahead of what was published before it, which would make
        devices look silent while their reports wait for a commit."""
        try:
            self._intake.clocks.tell(topic, payload)
        except KotaError as error:
            logger.warning("%s", error)
            return
        for watcher in self._on_clock:
            watcher()

    def _resume(self) -> None:
        if self._paused and self._session is not None:
            self._paused = False
            self._session.resume()

    def _become_connected(self, session: MqttSession) -> None:
        detail = ""
        if session.refused:
            detail = f"the broker refuses to subscribe to {', '.join(session.refused)}"
        logger.info(
            "connected to %s, session %s", self._url.shown, "kept" if session.present else "new"
        )
        self.health.become("failed" if detail else "connected", detail, at=self._wall.now())

    def _become_waiting(self, detail: str) -> None:
        if detail != self.health.detail:
            logger.warning("%s: %s", self._url.shown, detail)
        self.health.become("waiting", detail, at=self._wall.now())
