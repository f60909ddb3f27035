"""A pump on MQTT that obeys what it is told: ``python obeying_pump.py PORT``."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from kota.connect.broker_url import parse_url
from kota.connect.mqtt_session import MqttSession


async def main(url: str) -> None:
    """Obey until killed."""
    orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    pump = MqttSession("pump", lambda _, body, *__: orders.put_nowait(json.loads(body)), clean=True)
    await pump.open(parse_url(url))
    await pump.subscribe(["/pump/P1/cmd"])
    setting = "CLOSED"
    while True:
        await pump.publish("/pump/P1/attrs", json.dumps({"status": setting}).encode())
        try:
            order = await asyncio.wait_for(orders.get(), 0.5)
        except TimeoutError:
            continue
        setting = order["status"]
        answer = {"status": "OK", "id": order["id"], "sequence": order["sequence"]}
        await pump.publish("/pump/P1/cmdexe", json.dumps(answer).encode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
