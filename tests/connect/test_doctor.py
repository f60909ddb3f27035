from collections.abc import Callable
from pathlib import Path

import pytest
from tests.connect.conftest import Mosquitto

from kota.connect.broker_configuration import examine_configuration
from kota.connect.doctor import examine
from kota.errors import ConnectError

Start = Callable[..., Mosquitto]


@pytest.mark.broker
async def test_a_broker_that_keeps_everything_is_good(mosquitto: Start) -> None:
    broker = mosquitto("max_queued_messages 0\nmax_inflight_messages 0\nsys_interval 1\n")
    findings = await examine(broker.url)
    assert {one.check: one.level for one in findings} == {
        "connection": "good",
        "offline queue": "good",
        "in flight": "good",
        "version": "good",
    }


@pytest.mark.broker
async def test_a_broker_that_drops_is_found_out(mosquitto: Start) -> None:
    broker = mosquitto("")
    findings = {one.check: one for one in await examine(broker.url)}
    queue = findings["offline queue"]
    assert queue.level == "bad"
    assert queue.detail == "of 1500 messages for a client that was away, 1000 were kept"
    assert "max_queued_messages 0" in queue.advice


async def test_a_broker_that_is_not_there_is_a_finding(free_port: int) -> None:
    (finding,) = await examine(f"mqtt://127.0.0.1:{free_port}")
    assert (finding.check, finding.level) == ("connection", "bad")


def test_the_example_configuration_is_good(repository: Path) -> None:
    findings = examine_configuration(repository / "examples" / "mosquitto.conf")
    assert {one.level for one in findings} == {"good"}


def test_the_defaults_are_not(tmp_path: Path) -> None:
    path = tmp_path / "mosquitto.conf"
    path.write_text("# persistence true\nlistener 1883\n")
    bad = [one.advice for one in examine_configuration(path) if one.level == "bad"]
    assert bad == ["set persistence true", "set max_queued_messages 0"]
    with pytest.raises(ConnectError, match="No such file"):
        examine_configuration(tmp_path / "none.conf")
