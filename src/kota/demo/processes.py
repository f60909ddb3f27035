"""The processes that a demonstration starts: an MQTT broker, and plants."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from kota.errors import ConnectError
from kota.solution import Plant

_SPAWN = multiprocessing.get_context("spawn")
_PATIENCE_S = 15.0
HOST = "127.0.0.1"
_GREETING = 65_536
_MQTT_311 = 4
_UNACCEPTABLE_VERSION = bytes([0x20, 2, 0, 1])


class Processes:
    """A broker and the plants that speak to it; ended together.

    Args:
        plants: to be played.
    """

    def __init__(self, plants: list[Plant]) -> None:
        self._plants = plants
        self._running: list[BaseProcess] = []
        self.port = free_port()

    @property
    def url(self) -> str:
        """The broker's address."""
        return f"mqtt://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._start("demo-broker", serve_broker, HOST, self.port)
        try:
            await _listening(self.port)
        except ConnectError:
            self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._end)

    def play(self) -> None:
        """Let the plants begin."""
        for plant in self._plants:
            self._start(f"plant-{plant.name}", plant.run, HOST, self.port)

    def _start(self, name: str, work: Callable[..., None], *args: object) -> None:
        process = _SPAWN.Process(target=_live, args=(work, *args), name=name, daemon=True)
        process.start()
        self._running.append(process)

    def _end(self) -> None:
        running, self._running = self._running, []
        for process in reversed(running):
            process.terminate()
            process.join(2.0)
            if process.is_alive():
                process.kill()
                process.join()


def _live(work: Callable[..., None], *args: object) -> None:
    """Do the work of a child, and end with the parent, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(*args)


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def serve_broker(host: str, port: int) -> None:
    """Run an MQTT broker for the demonstration until told to end; MQTT 3.1.1, no passwords.

    amqtt does a tenth of what Mosquitto does: enough for one district, not for a town.
    """
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    asyncio.run(_broke(host, port))


async def _broke(host: str, port: int) -> None:
    from amqtt.broker import Broker

    class Old(Broker):  # type: ignore[misc]
        """amqtt waits without end for the rest of a greeting in MQTT 5: say no at once."""

        async def stream_connected(
            self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
        ) -> None:
            greeting = await reader.read(_GREETING)
            if _level(greeting) > _MQTT_311:
                writer.write(_UNACCEPTABLE_VERSION)
            if not greeting or _level(greeting) > _MQTT_311:
                writer.close()
                return
            reader.feed_data(greeting)
            await super().stream_connected(reader, writer, listener_name)

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    broker = Old(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
            "plugins": {
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
            },
        }
    )
    await broker.start()
    await ended.wait()
    logging.disable(logging.CRITICAL)


def _level(greeting: bytes) -> int:
    """The protocol level in the first bytes that a client sends; 0 where there is none.

    >>> _level(bytes([16, 12, 0, 4]) + b"MQTT" + bytes([4, 2]))
    4
    """
    at = greeting.find(b"MQTT", 0, 12)
    return greeting[at + 4] if at >= 0 and len(greeting) > at + 4 else 0


async def _listening(port: int) -> None:
    for _ in range(round(_PATIENCE_S / 0.05)):
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise ConnectError(
        f"the demonstration's MQTT broker did not start on port {port}",
        hint="pip install 'kota-city[demo]' and look at what it wrote above",
    )
