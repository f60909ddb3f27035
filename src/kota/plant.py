"""How a simulated plant speaks: MQTT as real devices do, and a clock of its own."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

import msgspec

from kota.model.instant import SECOND, parse, render
from kota.plant_commands import Devices, Obedient

_TICK_S = 0.1
_CLOCK_EVERY_S = 1.0
_NEWS_EVERY_S = 0.25
_JUMP_EVERY_S = 300
_RUN_UP_S = 2 * 3600
_PACE_S = 0.8
"""Wall time for each step of the run-up to where a jump leads, so that tasks keep pace."""
_BREATH = 25
_SILENT = logging.getLogger("kota.plant.silent")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """What one device says, in the manner of FIWARE's IoT Agent for JSON.

    Args:
        arrives: when it gets through [s since the epoch].
        number: order of reports that arrive together.
        at: when it was measured.
        key: the API key, one for each sort of device.
        device: who says it.
        values: by name.
    """

    arrives: int
    number: int
    at: int
    key: str
    device: str
    values: Mapping[str, Any] = field(compare=False)

    @property
    def topic(self) -> str:
        """Where it is published."""
        return f"/{self.key}/{self.device}/attrs"

    @property
    def payload(self) -> bytes:
        """A flat JSON object of the values, and when they were measured."""
        return msgspec.json.encode({**self.values, "TimeInstant": render(self.at * SECOND)})


class PlantModel(Protocol):
    """A plant without its radio."""

    def advance(self, until: int, *, every: int = 1) -> Iterator[Report]:
        """Let time pass, and tell what arrives meanwhile.

        Args:
            until: the first instant [s since the epoch] that is not reached any more.
            every: sensors with a shorter period report once in so many seconds.
        """
        ...

    def skip(self, until: int) -> None:
        """Let time pass and tell nothing."""
        ...

    def rewind(self) -> None:
        """Go back to the beginning."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class Order(msgspec.Struct, frozen=True):
    """What the one who runs the demonstration may tell a plant; no operator of the city can.

    Args:
        speed: plant seconds in a second; 0 pauses.
        to: go to this time, forward with everything reported on the way, back in silence.
    """

    speed: float | None = None
    to: str | None = None


class Player:
    """Keeps a model at the time that its clock says, and publishes what it reports.

    Args:
        name: its clock is ``kota/clock/<name>``, its orders come on ``kota/plant/<name>``.
        model: the plant.
        now: when it first speaks [µs]; what was before passes in silence.
        speed: plant seconds in a second.
        obedient: takes commands; None: nothing does.
        keys: of the sorts of device that take them, on ``/<key>/<device>/cmd``.
    """

    def __init__(
        self,
        name: str,
        model: PlantModel,
        *,
        now: int,
        speed: float,
        obedient: Obedient | None = None,
        keys: Sequence[str] = (),
    ) -> None:
        self._name = name
        self._model = model
        self._begin = now
        self._speed = speed
        self._told, self._told_at = now, monotonic()
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._client: Any = None
        self._commands: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._keys = tuple(keys)
        self._devices = None if obedient is None else Devices(obedient)

    async def play(self, host: str, port: int) -> None:
        """Play to an MQTT broker until told to end (SIGTERM)."""
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        self._model.skip(self._begin // SECOND)
        await self._connect(host, port)
        self._tell_time_of(self._begin)
        told = monotonic()
        while not ended.is_set():
            while not self._orders.empty():
                await self._obey(self._orders.get_nowait())
            while not self._commands.empty():
                self._carry_out(*self._commands.get_nowait())
            await self._publish(self._now() // SECOND, max(1, round(self._speed * _NEWS_EVERY_S)))
            if monotonic() - told >= _CLOCK_EVERY_S:
                self._tell_time()
                told = monotonic()
            await asyncio.sleep(_TICK_S)
        self._model.close()
        await self._client.disconnect()

    async def _connect(self, host: str, port: int) -> None:
        from gmqtt import Client
        from gmqtt.mqtt.constants import MQTTv311

        self._client = Client(f"plant-{self._name}", logger=_SILENT)
        self._client.on_message = self._ordered
        while True:
            try:
                await self._client.connect(host, port, version=MQTTv311, keepalive=30)
            except OSError:
                await asyncio.sleep(0.2)
            else:
                break
        self._client.subscribe(f"kota/plant/{self._name}", qos=1)
        for key in self._keys:
            self._client.subscribe(f"/{key}/+/cmd", qos=1)

    def _ordered(self, *message: Any) -> int:
        """Called by the client with itself, topic, payload, QoS and properties."""
        if message[1].startswith("/"):
            self._commands.put_nowait((message[1], bytes(message[2])))
            return 0
        try:
            self._orders.put_nowait(msgspec.json.decode(message[2], type=Order))
        except msgspec.DecodeError as error:
            self._client.publish(f"kota/plant/{self._name}/refused", str(error))
        return 0

    def _carry_out(self, topic: str, payload: bytes) -> None:
        _, key, device, _ = topic.split("/")
        assert self._devices is not None
        now = self._now()
        done = self._devices.carry_out(key, device, payload, now)
        if done is None:
            return
        answer, told = done
        self._client.publish(f"/{key}/{device}/cmdexe", msgspec.json.encode(answer), qos=1)
        if told:
            report = Report(now // SECOND, 0, now // SECOND, key, device, told)
            self._client.publish(report.topic, report.payload, qos=1)

    async def _obey(self, order: Order) -> None:
        now = self._now()
        if order.speed is not None:
            self._speed = max(order.speed, 0.0)
        self._tell_time_of(now)
        if order.to is None:
            return
        target = parse(order.to, where="to")
        if target >= now:
            await self._play_on(target // SECOND)
        else:
            self._model.rewind()
            self._model.skip(target // SECOND)
        self._tell_time_of(target)

    def _now(self) -> int:
        """The plant's time [µs]."""
        return self._told + round((monotonic() - self._told_at) * self._speed * SECOND)

    async def _play_on(self, until: int) -> None:
        """Report everything on the way to an instant [s]; the clock follows, slowly at last."""
        at = self._now() // SECOND
        while at < until:
            at = min(at // _JUMP_EVERY_S * _JUMP_EVERY_S + _JUMP_EVERY_S, until)
            await self._publish(at, _JUMP_EVERY_S)
            self._tell_time_of(at * SECOND)
            await asyncio.sleep(_PACE_S if until - at < _RUN_UP_S else 0)

    async def _publish(self, until: int, every: int) -> None:
        for number, report in enumerate(self._model.advance(until, every=every), start=1):
            self._client.publish(report.topic, report.payload, qos=1)
            if number % _BREATH == 0:
                await asyncio.sleep(0.005)

    def _tell_time_of(self, now: int) -> None:
        self._told, self._told_at = now, monotonic()
        self._tell_time()

    def _tell_time(self) -> None:
        told = {"now": render(self._now()), "speed": self._speed}
        # As the reports are published, so that the broker overtakes none of them.
        self._client.publish(f"kota/clock/{self._name}", msgspec.json.encode(told), qos=1)
