"""Devices at a real Mosquitto with its dynamic security plugin, let in and out by Kota."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import gmqtt
import pytest
from benchmarks.processes import Process, free_port, wait_for_port
from gmqtt.mqtt.constants import MQTTv311
from gmqtt.mqtt.handler import MQTTConnectError

from kota.connect.broker_url import BrokerUrl
from kota.connect.device_broker import DynamicSecurity, Topics, topics_of
from kota.errors import ConnectError

pytestmark = pytest.mark.broker
PLUGINS = (
    "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
    "/usr/lib/aarch64-linux-gnu/mosquitto_dynamic_security.so",
    "/usr/lib/mosquitto_dynamic_security.so",
)
PATTERNS = ["/{apikey}/{device}/attrs", "lamps/{street}/lamp-{device}/state"]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerUrl]:
    """A Mosquitto in which nobody may do anything but its administrator."""
    plugin = next((one for one in PLUGINS if Path(one).exists()), None)
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    control = shutil.which("mosquitto_ctrl")
    if plugin is None or control is None:
        pytest.fail(
            "needs Mosquitto with its dynamic security plugin and mosquitto_ctrl: make servers"
        )
    folder = tmp_path_factory.mktemp("broker")
    folder.chmod(0o777)
    security = folder / "security.json"
    subprocess.run(
        [control, "dynsec", "init", str(security), "boss", "secret"],
        check=True,
        capture_output=True,
    )
    security.chmod(0o666)
    port = free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        f"user {getpass.getuser()}\n"
        f"listener {port} 127.0.0.1\nallow_anonymous false\nplugin {plugin}\n"
        f"plugin_opt_config_file {security}\nlog_dest stderr\n"
    )
    process = Process([program, "-c", str(configuration)], folder / "mosquitto.log")
    try:
        wait_for_port(port, process)
        yield BrokerUrl("127.0.0.1", port, False, "boss", "secret")
    finally:
        process.stop()


@pytest.fixture
async def security(broker: BrokerUrl) -> DynamicSecurity:
    """What Kota tells the broker with."""
    own = BrokerUrl(broker.host, broker.port, False, "town", "own")
    found = DynamicSecurity(broker, lambda _: PATTERNS, own)
    await found.prepare()
    await found.prepare()
    return found


class Device:
    """A client of the broker, and what it has received."""

    def __init__(self, name: str, secret: str) -> None:
        self.got: list[str] = []
        self.lost = asyncio.Event()
        self.client: Any = gmqtt.Client(f"client-{name}-{id(self)}", clean_session=True)
        self.client.set_auth_credentials(name, secret)
        self.client.set_config({"reconnect_retries": 0})
        self.client.on_message = self._take
        self.client.on_disconnect = lambda *_: self.lost.set()

    def _take(self, _client: Any, topic: str, *_: Any) -> int:
        self.got.append(topic)
        return 0


@contextlib.asynccontextmanager
async def connected(broker: BrokerUrl, name: str, secret: str) -> AsyncIterator[Device]:
    device = Device(name, secret)
    await asyncio.wait_for(device.client.connect(broker.host, broker.port, version=MQTTv311), 5)
    try:
        yield device
    finally:
        await device.client.disconnect()


async def is_let_in(broker: BrokerUrl, name: str, secret: str) -> bool:
    try:
        async with connected(broker, name, secret):
            return True
    except MQTTConnectError:
        return False


async def test_a_device_comes_in_with_its_own_secret_and_speaks_on_its_own_topics(
    broker: BrokerUrl, security: DynamicSecurity
) -> None:
    await security.admit({"p1": "one", "p2": "two"})
    assert not await is_let_in(broker, "p1", "two")
    assert not await is_let_in(broker, "nobody", "")
    async with (
        connected(broker, "town", "own") as boss,
        connected(broker, "p1", "one") as device,
    ):
        boss.client.subscribe("#", qos=1)
        device.client.subscribe("/k/p1/cmd", qos=1)
        device.client.subscribe("/k/p2/cmd", qos=1)
        device.client.subscribe("#", qos=1)
        await asyncio.sleep(0.2)
        for topic in (
            "/k/p1/attrs",
            "/k/p1/cmdexe",
            "lamps/north/lamp-p1/state",
            "/k/p2/attrs",
            "/k/p1/cmd",
            "elsewhere",
            "$CONTROL/dynamic-security/v1",
        ):
            device.client.publish(topic, "1", qos=1)
        await asyncio.sleep(0.3)
        assert sorted(boss.got) == ["/k/p1/attrs", "/k/p1/cmdexe", "lamps/north/lamp-p1/state"]


async def test_new_secrets_replace_old_ones_and_revoked_devices_are_thrown_out(
    broker: BrokerUrl, security: DynamicSecurity
) -> None:
    await security.admit({"p3": "old"})
    async with connected(broker, "p3", "old") as device:
        await security.admit({"p3": "new"})
        await asyncio.wait_for(device.lost.wait(), 5)
    assert not await is_let_in(broker, "p3", "old")
    async with connected(broker, "p3", "new") as device:
        await security.expel(["p3", "never-there"])
        await asyncio.wait_for(device.lost.wait(), 5)
    assert not await is_let_in(broker, "p3", "new")


async def test_devices_are_let_in_by_the_thousand(
    broker: BrokerUrl, security: DynamicSecurity
) -> None:
    secrets = {f"many{number}": f"s{number}" for number in range(1000)}
    await asyncio.wait_for(security.admit(secrets), 60)
    for name in ("many0", "many512", "many999"):
        assert await is_let_in(broker, name, secrets[name])
    await security.expel(list(secrets))
    assert not await is_let_in(broker, "many512", secrets["many512"])


async def test_a_broker_that_does_not_obey_is_named(broker: BrokerUrl) -> None:
    stranger = DynamicSecurity(
        BrokerUrl(broker.host, broker.port, False, "boss", "wrong"), lambda _: PATTERNS
    )
    with pytest.raises(ConnectError, match=f"127.0.0.1:{broker.port}"):
        await stranger.prepare()
    nobody = DynamicSecurity(BrokerUrl("127.0.0.1", free_port()), lambda _: PATTERNS)
    with pytest.raises(ConnectError):
        await nobody.prepare()


async def test_a_device_without_a_topic_of_its_own_is_not_let_in(broker: BrokerUrl) -> None:
    security = DynamicSecurity(broker, lambda _: ["all/#"])
    with pytest.raises(ConnectError, match=r"names \{device\}"):
        await security.admit({"p9": "x"})


def test_topics_of_others_are_no_devices_own() -> None:
    assert topics_of("a", ["x/{device}-{part}/y", "all/#", "{street}/x"]) == Topics((), ())
