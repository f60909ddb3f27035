"""One connection to an MQTT broker, on which messages are acknowledged when they are durable.

gmqtt acknowledges a message when a coroutine of its own has finished, which costs a task and a
write for each, and takes half as long again to unpack it. Here its internal hooks for what has
arrived and for its store of outgoing messages are taken over instead: received QoS 1 messages are
read in one loop, and a whole group of them is acknowledged in one write. `test_mqtt` fails where a
new gmqtt no longer has these hooks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, Literal

import gmqtt
from gmqtt.mqtt.constants import MQTTv50, MQTTv311
from gmqtt.mqtt.handler import MQTTConnectError
from gmqtt.mqtt.package import Package

from kota.connect.broker_url import BrokerUrl
from kota.connect.packets import Receive, read_packets
from kota.errors import ConnectError

RECEIVE_MAXIMUM: Final = 60_000
"""Messages that the broker may send before the first is acknowledged."""
LARGEST_PACKET: Final = 16 << 20
"""Bytes of the largest packet that the broker may send."""
NEVER: Final = 0xFFFFFFFF
CONNECT_S: Final = 10.0
CLOSE_S: Final = 2.0
KEEP_ALIVE_S: Final = 30

_SILENT = logging.getLogger("kota.connect.gmqtt")
_SILENT.setLevel(logging.CRITICAL + 1)
logging.getLogger("gmqtt").setLevel(logging.CRITICAL + 1)
_NO_RECONNECT = {"reconnect_retries": -2}
_SPARE_IDS = 3
"""Packet ids that publishing leaves to subscribing, and to gmqtt, which never uses the last."""
_PUBACK = b"\x40\x02"
_REFUSED = 128
_RETAINED_IF_NEW = 1
_TAKEN_OVER = b"\x8e"
_WRONG_VERSION = frozenset({1, 132})

Version = Literal["5", "3.1.1"]
Read = Callable[[Any, bytes], int]


class WrongVersionError(ConnectError):
    """The broker does not speak this version of MQTT."""


class MqttSession:
    """One connection of a client whose session the broker keeps.

    Args:
        client_id: the same after every restart, so that the broker finds the session again.
        receive: called for every message.
        clean: start without an earlier session, and leave none behind.
    """

    def __init__(self, client_id: str, receive: Receive, *, clean: bool = False) -> None:
        self._client_id = client_id
        self._receive = receive
        self._clean = clean
        self.version: Version = "5"
        self.present = False
        self.taken_over = False
        self.refused: list[str] = []
        self.lost = asyncio.Event()
        self._sent = _Sent()
        self._room = asyncio.Semaphore(1)
        self._subscribed: dict[int, tuple[list[str], asyncio.Future[None]]] = {}
        self._client: Any = None

    async def open(self, url: BrokerUrl, *, version: Version | None = None) -> None:
        """Connect.

        Args:
            url: where the broker is.
            version: of MQTT; None tries 5 and then 3.1.1.

        Raises:
            ConnectError: the broker cannot be reached or refuses.
        """
        if version is not None:
            await self._open(url, version)
            return
        try:
            await self._open(url, "5")
        except WrongVersionError:
            await self.close()
            self.lost = asyncio.Event()
            await self._open(url, "3.1.1")

    async def _open(self, url: BrokerUrl, version: Version) -> None:
        self.version = version
        self._client = self._new_client(url)
        connecting = asyncio.ensure_future(
            self._client.connect(
                url.host,
                url.port,
                ssl=url.tls,
                keepalive=KEEP_ALIVE_S,
                version=MQTTv50 if version == "5" else MQTTv311,
            )
        )
        losing = asyncio.ensure_future(self.lost.wait())
        try:
            await asyncio.wait(
                {connecting, losing}, timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not connecting.done():
                raise _silence(url, version)
            connecting.result()
        except OSError as error:
            raise ConnectError(
                f"{url.shown} cannot be reached: {error.strerror or error}",
                hint="is a broker running there?",
            ) from error
        except MQTTConnectError as error:
            raise _refusal(url, error) from error
        finally:
            losing.cancel()
            if not connecting.done():
                connecting.cancel()

    def _new_client(self, url: BrokerUrl) -> Any:
        client = _Client(
            self._client_id,
            read=self._read,
            clean_session=self._clean,
            optimistic_acknowledgement=False,
            persistent_storage=self._sent,
            logger=_SILENT,
            receive_maximum=RECEIVE_MAXIMUM,
            maximum_packet_size=LARGEST_PACKET,
            session_expiry_interval=0 if self._clean else NEVER,
        )
        client.set_config(_NO_RECONNECT)
        if url.user is not None:
            client.set_auth_credentials(url.user, url.password)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_unanswered
        client._package_handler._handle_qos_1_publish_packet = self._on_unusual
        client._package_handler._reconnect_callback = self._on_refused
        return client

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe, and wait until the broker has said yes or no; `refused` has the noes.

        What the broker retains comes once, with the first subscription of a session (MQTT 3.1.1
        sends it again with every connection).

        Raises:
            ConnectError: the connection was lost.
        """
        names = list(topics)
        retained = _RETAINED_IF_NEW if self.version == "5" else 0
        for start in range(0, len(names), 50):
            some = names[start : start + 50]
            answer = asyncio.get_running_loop().create_future()
            wanted = [
                gmqtt.Subscription(name, qos=1, retain_handling_options=retained) for name in some
            ]
            mid = self._client.subscribe(wanted)
            self._subscribed[mid] = (some, answer)
            await self._unless_lost(answer)

    async def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        lifetime: float | None = None,
    ) -> None:
        """Publish, and at QoS 1 wait until the broker has the message.

        Args:
            topic, payload, qos, retain: as MQTT has them.
            lifetime: the broker drops what it could not deliver in so long [s], rounded up; only
                MQTT 5 can say so.

        Raises:
            ConnectError: the connection is or was lost; the message may or may not be there.
        """
        async with self._room:
            if self.lost.is_set():
                raise ConnectError("the connection to the broker is lost")
            more = {}
            if lifetime is not None and self.version == "5":
                more["message_expiry_interval"] = max(1, math.ceil(min(lifetime, NEVER)))
            self._client.publish(topic, payload, qos=qos, retain=retain, **more)
            if qos > 0 and self._sent.last is not None:
                await self._unless_lost(self._sent.last)

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Tell the broker that it may forget these messages, if it still listens."""
        if self.lost.is_set():
            return
        answer = b"".join(_PUBACK + one.to_bytes(2, "big") for one in packet_ids if one)
        if answer:
            self._client._connection.send_package(answer)

    def pause(self) -> None:
        """Stop reading from the socket."""
        self._transport.pause_reading()

    def resume(self) -> None:
        """Go on reading."""
        if not self.lost.is_set():
            self._transport.resume_reading()

    async def close(self) -> None:
        """Say goodbye; the broker keeps the session unless it is a clean one."""
        if self._client is None or self._client._connection is None:
            return
        lost = self.lost.is_set()
        leaving = self._client._connection.close() if lost else self._client.disconnect()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(leaving, CLOSE_S)
        self.lost.set()

    @property
    def _transport(self) -> Any:
        return self._client._connection._transport

    async def _unless_lost(self, answer: asyncio.Future[None]) -> None:
        losing: asyncio.Future[Any] = asyncio.ensure_future(self.lost.wait())
        try:
            waiting: set[asyncio.Future[Any]] = {answer, losing}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            losing.cancel()
        if not answer.done():
            raise ConnectError("the connection was lost before the broker answered")

    def _on_connect(self, _client: Any, flags: int, _code: int, _properties: Any) -> None:
        self.present = bool(flags & 1)
        allowed = self._client._package_handler.id_generator._max
        self._room = asyncio.Semaphore(max(1, allowed - _SPARE_IDS))

    async def _on_refused(self, **_how: Any) -> None:
        """Called where gmqtt would connect again, as when a broker refuses MQTT 5 and stays."""
        self.lost.set()

    def _on_disconnect(self, _client: Any, packet: Any, _error: Any = None) -> None:
        self.taken_over |= isinstance(packet, bytes) and packet[:1] == _TAKEN_OVER
        self.lost.set()

    def _on_subscribe(
        self, _client: Any, mid: int, granted: Sequence[int], _properties: Any
    ) -> None:
        names, answer = self._subscribed.pop(mid)
        self.refused += [name for name, qos in zip(names, granted, strict=False) if qos >= _REFUSED]
        if not answer.done():
            answer.set_result(None)

    def _on_unanswered(
        self, _client: Any, topic: str, payload: bytes, _qos: int, _properties: Any
    ) -> None:
        self._receive(_text(topic), payload, 0, False)

    def _on_unusual(self, mid: int, payload: bytes, topic: str, properties: dict[str, Any]) -> None:
        """A message at QoS 1 that `read_packets` has left to gmqtt."""
        self._receive(_text(topic), payload, mid, bool(properties["dup"]))

    def _read(self, connection: Any, data: bytes) -> int:
        """Take the whole packets from the front of what has arrived; returns how many bytes."""
        connection._last_data_in = time.monotonic()
        return read_packets(
            data,
            self._receive,
            lambda kind, rest: connection.put_package(Package(kind, rest)),
            properties=self.version == "5",
        )


class _Client(gmqtt.Client):  # type: ignore[misc]
    """A client whose connections are read by a function of ours.

    Args:
        read: gets the connection and what has arrived; says how many bytes of it were taken.
    """

    def __init__(self, client_id: str, *, read: Read, **how: Any) -> None:
        super().__init__(client_id, **how)
        self._read = read

    async def _create_connection(self, *where: Any, **how: Any) -> Any:
        connection = await super()._create_connection(*where, **how)
        connection._protocol._read_packet = partial(self._read, connection)
        return connection


class _Sent:
    """What was published and not answered yet, as gmqtt's store of outgoing messages.

    A new connection starts without the messages of the one before: who published them was told.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self.last: asyncio.Future[None] | None = None

    def push_message(self, mid: int, _package: bytes) -> None:
        self.last = self._waiting[mid] = asyncio.get_running_loop().create_future()

    def remove_message_by_mid(self, mid: int) -> None:
        answer = self._waiting.pop(mid, None)
        if answer is not None and not answer.done():
            answer.set_result(None)

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    async def wait_empty(self) -> None:
        return

    def clear(self) -> None:
        return

    def get_all(self) -> list[tuple[int, bytes]]:
        return []


def _text(topic: str | bytes) -> str:
    return topic if isinstance(topic, str) else topic.decode("utf-8", "replace")


def _silence(url: BrokerUrl, version: Version) -> ConnectError:
    """A broker that knows MQTT 3.1.1 alone may close the connection, or wait for more."""
    if version == "5":
        return WrongVersionError(f"{url.shown} does not answer to MQTT 5")
    return ConnectError(f"{url.shown} does not answer as an MQTT broker")


def _refusal(url: BrokerUrl, error: MQTTConnectError) -> ConnectError:
    if error._code in _WRONG_VERSION:
        return WrongVersionError(f"{url.shown} does not speak this version of MQTT")
    return ConnectError(f"{url.shown} refuses the connection: {error.message}")
