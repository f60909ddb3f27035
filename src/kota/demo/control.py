"""The hand on the demonstration: faster, slower, another chapter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kota.connect.plant_clocks import PlantClocks
from kota.demo.story import CHAPTERS, TITLE, Chapter, chapter_at
from kota.errors import ConnectError, NotFoundError
from kota.model.instant import render

if TYPE_CHECKING:
    from gmqtt import Client

PHRASES: Final = Path(__file__).parent / "phrases"
_SOON_S = 0.3
_SILENT = logging.getLogger("kota.demo.silent")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Control:
    """Steers the plants of one run of the demonstration.

    Forward, the plants play on quickly and everything is reported on the way. Back, the run ends
    and another begins from the town at dawn: state, history and plants, all as they were.

    Args:
        clocks: what the plants say of their time.
        plants: their names.
        port: of the MQTT broker on this machine.
        speed: plant seconds in a second, at first.
    """

    def __init__(
        self, clocks: PlantClocks, plants: Sequence[str], port: int, *, speed: float
    ) -> None:
        self._clocks = clocks
        self._plants = tuple(plants)
        self._port = port
        self._client: Client | None = None
        self.speed = speed
        self.over = asyncio.Event()
        self.next: Chapter | None = None

    @property
    def title(self) -> str:
        """Of the day."""
        return TITLE

    @property
    def phrases(self) -> Path:
        """What it says in other languages."""
        return PHRASES

    @property
    def chapters(self) -> Sequence[Chapter]:
        """In order."""
        return CHAPTERS

    @property
    def current(self) -> str | None:
        """The id of the chapter that plays; None before any plant has spoken."""
        now = self._now()
        return None if now is None else chapter_at(now).id

    async def set_speed(self, speed: float) -> None:
        """Let plant time run so many times as fast as wall time; 0 stops it."""
        self.speed = speed
        for clock in self._clocks.plants.values():
            clock.tell(clock.now(), speed)
        await self._order(speed=speed)

    async def jump(self, chapter: str) -> None:
        """Go on at the beginning of a chapter.

        Raises:
            NotFoundError: there is no such chapter.
        """
        target = next((one for one in CHAPTERS if one.id == chapter), None)
        if target is None:
            raise NotFoundError(
                f"chapter {chapter!r}: {TITLE} has none of that name",
                hint=f"it has {', '.join(one.id for one in CHAPTERS)}",
            )
        now = self._now()
        if now is not None and target.instant >= now:
            await self.forward(target)
            return
        self.next = target
        asyncio.get_running_loop().call_later(_SOON_S, self.over.set)

    async def forward(self, target: Chapter) -> None:
        """Let the plants play on to a chapter that lies ahead."""
        await self._order(to=render(target.instant))

    async def spoken(self) -> None:
        """Wait until every plant has told its time.

        Raises:
            ConnectError: one has not within half a minute.
        """
        for _ in range(600):
            silent = set(self._plants) - set(self._clocks.plants)
            if not silent:
                return
            await asyncio.sleep(0.05)
        raise ConnectError(
            f"nothing was heard of the plants {', '.join(sorted(silent))} within 30 s",
            hint="look at what they wrote above",
        )

    async def close(self) -> None:
        """Let go of the broker."""
        if self._client is not None:
            await self._client.disconnect()

    def _now(self) -> int | None:
        plants = self._clocks.plants
        return min((clock.now() for clock in plants.values()), default=None)

    async def _order(self, **order: Any) -> None:
        client = await self._connected()
        for plant in self._plants:
            client.publish(f"kota/plant/{plant}", msgspec.json.encode(order), qos=1)

    async def _connected(self) -> Client:
        if self._client is None:
            from gmqtt import Client
            from gmqtt.mqtt.constants import MQTTv311

            self._client = Client("kota-demo", logger=_SILENT)
            await self._client.connect("127.0.0.1", self._port, version=MQTTv311, keepalive=30)
        return self._client
