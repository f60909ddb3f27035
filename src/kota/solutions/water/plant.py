"""The simulated plant: EPANET behind the MQTT topics of a utility's telemetry."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import dataclass
from time import monotonic
from typing import Any

import msgspec
import numpy as np

from kota.model.instant import DAY, SECOND, parse, render
from kota.solutions.water.demand import HOMES
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.model import Model, Report, Setting

_TICK_S = 0.1
_CLOCK_EVERY_S = 1.0
_JUMP_EVERY_S = 300
_BREATH = 25
_NEWS_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class WaterPlant:
    """The plant of one network.

    Args:
        setting: which, from when on.
        now: when it first speaks [µs]; what was before passes in silence.
        speed: plant seconds in a second.
    """

    setting: Setting
    now: int
    speed: float = 1.0

    @property
    def name(self) -> str:
        """Its clock is ``kota/clock/water``, its orders come on ``kota/plant/water``."""
        return "water"

    def run(self, host: str, port: int) -> None:
        """Play it to an MQTT broker until told to end (SIGTERM)."""
        asyncio.run(_Player(self, host, port).play())


class Order(msgspec.Struct, frozen=True):
    """What the one who runs the demonstration may tell a plant; no operator of the city can.

    Args:
        speed: plant seconds in a second; 0 pauses.
        to: go to this time, forward with everything reported on the way, back in silence.
    """

    speed: float | None = None
    to: str | None = None


class _Player:
    """Keeps the model at the time that the clock says, and publishes what it reports."""

    def __init__(self, plant: WaterPlant, host: str, port: int) -> None:
        from gmqtt import Client

        self._plant = plant
        self._address = (host, port)
        self._client: Any = Client(f"plant-{plant.name}")
        self._client.on_message = self._ordered
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._model = Model(plant.setting)
        self._speed = plant.speed
        self._told_at = monotonic()
        self._told = plant.now

    async def play(self) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        await self._connect()
        self._go_silently(self._plant.now)
        self._tell_time()
        told = monotonic()
        while not ended.is_set():
            while not self._orders.empty():
                await self._obey(self._orders.get_nowait())
            every = max(1, round(self._speed * _NEWS_EVERY_S))
            await self._publish(self._now() // SECOND, every)
            if monotonic() - told >= _CLOCK_EVERY_S:
                self._tell_time()
                told = monotonic()
            await asyncio.sleep(_TICK_S)
        self._model.close()
        await self._client.disconnect()

    async def _connect(self) -> None:
        from gmqtt.mqtt.constants import MQTTv311

        while True:
            try:
                await self._client.connect(*self._address, version=MQTTv311, keepalive=30)
            except OSError:
                await asyncio.sleep(0.2)
            else:
                break
        self._client.subscribe(f"kota/plant/{self._plant.name}", qos=1)

    def _ordered(self, *message: Any) -> int:
        """Called by the client with itself, topic, payload, QoS and properties."""
        try:
            self._orders.put_nowait(msgspec.json.decode(message[2], type=Order))
        except msgspec.DecodeError as error:
            self._client.publish(f"kota/plant/{self._plant.name}/refused", str(error))
        return 0

    async def _obey(self, order: Order) -> None:
        now = self._now()
        if order.speed is not None:
            self._speed = max(order.speed, 0.0)
        self._tell_time_of(now)
        if order.to is None:
            return
        target = parse(order.to, where="to")
        self._tell_time_of(target)
        if target >= now:
            await self._publish(target // SECOND, _JUMP_EVERY_S)
        else:
            self._model.rewind()
            self._go_silently(target)
        self._tell_time_of(target)

    def _tell_time_of(self, now: int) -> None:
        self._told, self._told_at = now, monotonic()
        self._tell_time()

    def _now(self) -> int:
        """The plant's time [µs]."""
        return self._told + round((monotonic() - self._told_at) * self._speed * SECOND)

    def _go_silently(self, target: int) -> None:
        for _ in self._model.truths(target // SECOND):
            continue

    async def _publish(self, until: int, every: int) -> None:
        for number, report in enumerate(self._model.advance(until, every=every), start=1):
            self._client.publish(topic_of(report), payload_of(report), qos=1)
            if number % _BREATH == 0:
                await asyncio.sleep(0.005)

    def _tell_time(self) -> None:
        told = {"now": render(self._now()), "speed": self._speed}
        self._client.publish(f"kota/clock/{self._plant.name}", msgspec.json.encode(told), qos=0)


def topic_of(report: Report) -> str:
    """IoT Agent JSON: an API key for each sort of element, then the device."""
    return f"/water-{report.kind}/{report.device}/attrs"


def payload_of(report: Report) -> bytes:
    """A flat JSON object of quantities, and when they were measured."""
    content = {**report.values, "TimeInstant": render(report.at * SECOND)}
    return msgspec.json.encode(content)


def net3_plant(seed: int) -> WaterPlant:
    """Net3 as it stands in EPANET's examples, from last midnight (UTC) on, in real time."""
    path = net3()
    network = read_network(path)
    bases = np.zeros((len(network.junctions), 3))
    bases[:, HOMES] = [junction.demand for junction in network.junctions.values()]
    now = time.time_ns() // 1000
    setting = Setting(path, network, bases, seed, begin=now // DAY * DAY // SECOND)
    return WaterPlant(setting, now)
