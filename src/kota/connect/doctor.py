"""Looks at an MQTT broker for what would lose messages."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import Final

from kota.connect.broker_url import BrokerUrl, parse_url
from kota.connect.finding import Finding
from kota.connect.mqtt_session import MqttSession
from kota.errors import ConnectError

PROBES: Final = 1500
"""Messages sent to a subscriber that is away: more than the 1000 that Mosquitto keeps unasked."""
IN_FLIGHT: Final = 100
"""Messages that must come unacknowledged at once: more than the 20 that Mosquitto sends unasked."""
_QUIET_S: Final = 1.0
_WINDOW: Final = 200
_STATISTICS: Final = ("$SYS/broker/version", "$SYS/broker/publish/messages/dropped")


async def examine(url: str, *, probes: int = PROBES) -> list[Finding]:
    """Probe a broker with sessions and topics of its own, and clean up.

    Args:
        url: ``mqtt://HOST:PORT``.
        probes: messages to send to a subscriber that is away.

    Raises:
        ConfigurationError: the address is none.
    """
    broker = parse_url(url)
    probe = _Probe(broker)
    try:
        findings = [await probe.reach()]
        findings.append(await probe.kept(probes))
        findings.append(await probe.in_flight())
        findings += await probe.statistics()
    except ConnectError as error:
        return [
            Finding("connection", "bad", str(error), "start the broker, or correct the address")
        ]
    finally:
        await probe.clean()
    return findings


class _Probe:
    def __init__(self, broker: BrokerUrl) -> None:
        self._broker = broker
        self._name = f"kota-doctor-{uuid.uuid4().hex[:12]}"
        self._topic = f"kota/doctor/{self._name}"
        self._ids: list[int] = []
        self._told: dict[str, str] = {}
        self._heard = asyncio.Event()

    async def reach(self) -> Finding:
        """Leave a persistent session behind."""
        session = await self._open(self._name)
        await session.subscribe([self._topic])
        refused = bool(session.refused)
        await session.close()
        if refused:
            raise ConnectError(f"{self._broker.shown} refuses to subscribe to {self._topic}")
        return Finding("connection", "good", f"{self._broker.shown} answers")

    async def kept(self, count: int) -> Finding:
        """Count what the broker keeps for the session while it is away."""
        await self._publish(count)
        session = await self._open(self._name)
        if not session.present:
            await session.close()
            return Finding(
                "offline queue",
                "bad",
                "the broker forgets a session as soon as its client is away",
                "set persistent_client_expiration to 14d or more, or leave it out",
            )
        kept = await self._collect(session, acknowledge=True)
        await session.close()
        if kept >= count:
            return Finding("offline queue", "good", f"all {count} messages were kept")
        return Finding(
            "offline queue",
            "bad",
            f"of {count} messages for a client that was away, {kept} were kept",
            "set max_queued_messages 0 and max_queued_bytes 0",
        )

    async def in_flight(self) -> Finding:
        """Count how many messages come before the first is acknowledged."""
        session = await self._open(self._name)
        collecting = asyncio.create_task(self._collect(session, acknowledge=False))
        await self._publish(IN_FLIGHT)
        came = await collecting
        session.acknowledge(self._ids)
        await session.close()
        if came >= IN_FLIGHT:
            return Finding("in flight", "good", f"{came} messages come before an acknowledgement")
        return Finding(
            "in flight",
            "warning",
            f"only {came} messages come before the first is acknowledged, so commits hold it up",
            "set max_inflight_messages 0",
        )

    async def statistics(self) -> list[Finding]:
        """Read what the broker says of itself under ``$SYS``, where it does."""
        session = MqttSession(f"{self._name}-sys", self._hear, clean=True)
        await session.open(self._broker)
        await session.subscribe(_STATISTICS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._heard.wait(), _QUIET_S)
        await session.close()
        findings = []
        version = self._told.get(_STATISTICS[0])
        if version:
            findings.append(Finding("version", "good", version))
        dropped = self._told.get(_STATISTICS[1], "0")
        if dropped.isdigit() and int(dropped) > 0:
            findings.append(
                Finding(
                    "dropped",
                    "warning",
                    f"the broker has dropped {dropped} messages since its start",
                    "set max_queued_messages 0 and look for clients that never come back",
                )
            )
        return findings

    async def clean(self) -> None:
        """Take the session away from the broker."""
        with contextlib.suppress(ConnectError):
            session = MqttSession(self._name, lambda *_: None, clean=True)
            await session.open(self._broker)
            await session.close()

    async def _open(self, name: str) -> MqttSession:
        self._ids.clear()
        session = MqttSession(name, self._receive)
        await session.open(self._broker)
        return session

    async def _publish(self, count: int) -> None:
        sender = MqttSession(f"{self._name}-sender", lambda *_: None, clean=True)
        await sender.open(self._broker)
        for start in range(0, count, _WINDOW):
            numbers = range(start, min(start + _WINDOW, count))
            await asyncio.gather(
                *(sender.publish(self._topic, str(number).encode()) for number in numbers)
            )
        await sender.close()

    async def _collect(self, session: MqttSession, *, acknowledge: bool) -> int:
        """Count messages until none has come for a while."""
        answered, quiet = 0, 0
        while quiet < 2:
            before = len(self._ids)
            await asyncio.sleep(_QUIET_S / 2)
            if acknowledge:
                session.acknowledge(self._ids[answered:])
                answered = len(self._ids)
            quiet = quiet + 1 if len(self._ids) == before else 0
        return len(self._ids)

    def _receive(self, _topic: str, _payload: bytes, packet_id: int, _again: bool) -> None:
        self._ids.append(packet_id)

    def _hear(self, topic: str, payload: bytes, _packet_id: int, _again: bool) -> None:
        self._told[topic] = payload.decode("utf-8", "replace")
        if len(self._told) == len(_STATISTICS):
            self._heard.set()
