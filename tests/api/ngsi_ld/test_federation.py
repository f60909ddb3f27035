"""Two Kota in two processes: a city and a township each keep their own and answer as one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

KIND = "Tank"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Town:
    """A Kota in a process of its own.

    Args:
        data: its folder.
        port: where it listens.
    """

    def __init__(self, data: Path, port: int) -> None:
        self._data = data
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=f"{self.url}/ngsi-ld/v1", timeout=20)

    def start(self) -> None:
        data = self._data
        data.mkdir(exist_ok=True)
        config = data.parent / f"{data.name}.toml"
        config.write_text("solutions = []\n")
        command = [sys.executable, "-m", "kota", "serve", "--data", str(data), "--auth", "none"]
        command += ["--port", str(self._port), "--config", str(config)]
        with (data.parent / f"{data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ)
        deadline = time.monotonic() + 60
        while True:
            try:
                if self.http.get("/types").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError((data.parent / f"{data.name}.log").read_text())
            time.sleep(0.1)

    def end(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)

    def registers(self, other: Town, **more: Any) -> str:
        """Register another town for tanks; returns the path of the registration."""
        answer = self.http.post(
            "/csourceRegistrations",
            json={
                "type": "ContextSourceRegistration",
                "endpoint": other.url,
                "information": [{"entities": [{"type": KIND}]}],
                "operations": ["federationOps", "redirectionOps"],
                **more,
            },
        )
        assert answer.status_code == 201, answer.text
        return answer.headers["location"].removeprefix("/ngsi-ld/v1")

    def get(self, path: str, **parameters: str) -> Any:
        return self.http.get(path, params=parameters)

    def ids(self, **parameters: str) -> list[str]:
        answer = self.get("/entities", type=KIND, **parameters)
        assert answer.status_code == 200, answer.text
        return sorted(one["id"] for one in answer.json())


def tank(number: int, **attributes: Any) -> dict[str, Any]:
    return {
        "id": f"urn:t:{number}",
        "type": KIND,
        **{name: {"type": "Property", "value": value} for name, value in attributes.items()},
    }


@contextmanager
def towns(folder: Path) -> Iterator[tuple[Town, Town]]:
    city = Town(folder / "city", free_port())
    township = Town(folder / "township", free_port())
    try:
        city.start()
        township.start()
        yield city, township
    finally:
        for town in (city, township):
            town.end()
            town.http.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Town]]:
    with towns(tmp_path_factory.mktemp("towns")) as both:
        yield both


@pytest.fixture
def both(pair: tuple[Town, Town]) -> Iterator[tuple[Town, Town]]:
    """The two towns, empty and without registrations before and after."""
    yield pair
    for town in pair:
        for one in town.get("/csourceRegistrations", type=KIND).json():
            town.http.delete(f"/csourceRegistrations/{one['id']}")
        town.http.delete("/entities", params={"type": KIND, "local": "true"})


def test_two_towns_answer_as_one_and_either_alone_where_asked(both: tuple[Town, Town]) -> None:
    city, township = both
    city.http.post("/entities", json=tank(1, level=1))
    township.http.post("/entities", json=tank(2, level=2))
    city.registers(township)
    assert city.ids() == ["urn:t:1", "urn:t:2"]
    assert city.ids(local="true") == ["urn:t:1"]
    assert city.ids(q="level>1") == ["urn:t:2"]
    assert city.get("/entities/urn:t:2").json() == tank(2, level=2)
    counted = city.get("/entities", type=KIND, count="true", limit="1")
    assert (len(counted.json()), counted.headers["ngsild-results-count"]) == (1, "2")
    assert 'rel="next"' in counted.headers["link"]
    assert township.ids() == ["urn:t:2"]


def test_pages_of_two_towns_hold_every_entity_once(both: tuple[Town, Town]) -> None:
    city, township = both
    for number in range(7):
        town = city if number % 2 else township
        town.http.post("/entities", json=tank(number, level=number))
    city.http.post("/entities", json=tank(0, name="shared"))
    city.registers(township)
    seen = [
        one["id"]
        for offset in range(0, 9, 3)
        for one in city.get("/entities", type=KIND, limit="3", offset=str(offset)).json()
    ]
    assert sorted(seen) == [f"urn:t:{number}" for number in range(7)]


def test_the_parts_of_an_entity_become_one(both: tuple[Town, Town]) -> None:
    city, township = both
    city.http.post("/entities", json=tank(1, name="North", level=1))
    township.http.post("/entities", json=tank(1, level=2, pressure=3))
    city.registers(township)
    whole = city.get("/entities/urn:t:1").json()
    assert {name: one["value"] for name, one in whole.items() if name not in ("id", "type")} == {
        "name": "North",
        "level": 2,
        "pressure": 3,
    }


def test_a_link_into_the_other_town_is_joined(both: tuple[Town, Town]) -> None:
    city, township = both
    feeds = {"type": "Relationship", "object": "urn:t:2"}
    city.http.post("/entities", json={**tank(1), "feeds": feeds})
    township.http.post("/entities", json=tank(2, level=2))
    city.registers(township)
    joined = city.get("/entities/urn:t:1", join="inline").json()
    assert joined["feeds"]["entity"] == tank(2, level=2)
    alone = city.get("/entities/urn:t:1", join="inline", local="true").json()
    assert "entity" not in alone["feeds"]


def test_two_towns_that_register_each_other_do_not_go_round(both: tuple[Town, Town]) -> None:
    city, township = both
    city.http.post("/entities", json=tank(1, level=1))
    township.http.post("/entities", json=tank(2, level=2))
    city.registers(township)
    township.registers(city)
    start = time.monotonic()
    assert city.ids() == township.ids() == ["urn:t:1", "urn:t:2"]
    assert city.http.post("/entities", json=tank(3, level=3)).status_code == 201
    assert time.monotonic() - start < 5
    assert city.ids(local="true") == ["urn:t:1", "urn:t:3"]
    assert township.ids(local="true") == ["urn:t:2", "urn:t:3"]


def test_towns_that_redirect_to_each_other_refuse_at_once(both: tuple[Town, Town]) -> None:
    city, township = both
    city.registers(township, mode="redirect")
    township.registers(city, mode="redirect")
    answer = city.http.post("/entities", json=tank(1, level=1))
    assert answer.status_code == 508
    assert city.ids(local="true") == township.ids(local="true") == []


def test_a_redirected_entity_lives_at_the_township_alone(both: tuple[Town, Town]) -> None:
    city, township = both
    city.registers(township, mode="redirect")
    assert city.http.post("/entities", json=tank(1, level=1)).status_code == 201
    patched = city.http.patch("/entities/urn:t:1/attrs/level", json={"value": 5})
    assert patched.status_code == 204, patched.text
    merged = city.http.patch("/entities/urn:t:1", json={"name": {"value": "N"}})
    assert merged.status_code == 204
    assert city.ids(local="true") == []
    held = township.get("/entities/urn:t:1", local="true").json()
    assert (held["level"]["value"], held["name"]["value"]) == (5, "N")
    assert city.http.delete("/entities/urn:t:1/attrs/name").status_code == 204
    assert city.http.delete("/entities/urn:t:1").status_code == 204
    assert township.ids() == []
    assert city.http.delete("/entities/urn:t:1").status_code == 404


def test_an_exclusive_attribute_is_kept_apart_and_read_together(both: tuple[Town, Town]) -> None:
    city, township = both
    information = [{"entities": [{"type": KIND, "id": "urn:t:1"}], "propertyNames": ["level"]}]
    city.registers(township, mode="exclusive", information=information)
    assert city.http.post("/entities", json=tank(1, level=4, name="N")).status_code == 201
    assert city.get("/entities/urn:t:1", local="true").json() == tank(1, name="N")
    assert township.get("/entities/urn:t:1").json() == tank(1, level=4)
    assert city.get("/entities/urn:t:1").json() == tank(1, name="N", level=4)
    refused = city.http.post("/entityOperations/upsert", json=[tank(1, level=6), tank(2, level=7)])
    assert refused.status_code == 207
    assert [one["entityId"] for one in refused.json()["errors"]] == ["urn:t:1"]
    assert refused.json()["success"] == ["urn:t:2"]


def test_a_batch_goes_to_both_towns(both: tuple[Town, Town]) -> None:
    city, township = both
    city.registers(
        township,
        operations=["federationOps", "createBatch", "upsertBatch", "deleteBatch", "mergeBatch"],
    )
    made = city.http.post("/entityOperations/create", json=[tank(1, level=1), tank(2, level=2)])
    assert (made.status_code, made.json()) == (201, ["urn:t:1", "urn:t:2"])
    assert township.ids(local="true") == ["urn:t:1", "urn:t:2"]
    township.http.delete("/entities/urn:t:1")
    gone = city.http.post("/entityOperations/delete", json=["urn:t:1", "urn:t:2"])
    assert gone.status_code == 207
    assert gone.json()["success"] == ["urn:t:2"]
    assert [(one["entityId"], one["error"]["status"]) for one in gone.json()["errors"]] == [
        ("urn:t:1", 404)
    ]


def test_types_and_attributes_of_both_towns_are_found(both: tuple[Town, Town]) -> None:
    city, township = both
    city.http.post("/entities", json=tank(1, level=1))
    township.http.post("/entities", json=tank(2, pressure=2))
    township.http.post("/entities", json={**tank(3), "type": "Pump"})
    city.registers(township)
    assert city.get("/types").json()["typeList"] == ["Pump", KIND]
    assert city.get("/types", local="true").json()["typeList"] == [KIND]
    described = city.get(f"/types/{KIND}").json()
    assert described["entityCount"] == 2
    names = [one["attributeName"] for one in described["attributeDetails"]]
    assert names == ["level", "pressure"]
    assert city.get("/attributes").json()["attributeList"] == ["level", "pressure"]
    assert city.get("/attributes/pressure").json()["attributeCount"] == 1
    assert city.get("/types/Pump").json()["entityCount"] == 1
    assert city.get("/types/Valve").status_code == 404
    township.http.delete("/entities/urn:t:3")


def test_an_evolution_is_told_by_both_towns(both: tuple[Town, Town]) -> None:
    city, township = both
    for town, hour in ((city, 1), (township, 2), (city, 3)):
        level = {"type": "Property", "value": hour, "observedAt": f"2026-01-01T0{hour}:00:00Z"}
        body = {"id": "urn:t:1", "type": KIND, "level": [level]}
        assert town.http.post("/temporal/entities", json=body).status_code in (201, 204)
    only = {"id": "urn:t:2", "type": KIND, "level": [{**level, "value": 9}]}
    township.http.post("/temporal/entities", json=only)
    city.registers(township, operations=["retrieveTemporal", "queryTemporal"])

    def told(answer: Any) -> list[Any]:
        return [value for value, _ in answer["level"]["values"]]

    one = city.get("/temporal/entities/urn:t:1", options="temporalValues")
    assert told(one.json()) == [1, 2, 3]
    last = city.get("/temporal/entities/urn:t:1", options="temporalValues", lastN="2")
    assert told(last.json()) == [2, 3]
    window = {"type": KIND, "timerel": "after", "timeAt": "2026-01-01T02:00:00Z"}
    found = city.get("/temporal/entities", options="temporalValues", count="true", **window)
    assert {one["id"]: told(one) for one in found.json()} == {"urn:t:1": [2, 3], "urn:t:2": [9]}
    assert found.headers["ngsild-results-count"] == "2"
    alone = city.get("/temporal/entities", options="temporalValues", local="true", **window)
    assert {one["id"]: told(one) for one in alone.json()} == {"urn:t:1": [3]}
    assert city.get("/temporal/entities/urn:t:7").status_code == 404
    for town in both:
        for number in (1, 2):
            town.http.delete(f"/temporal/entities/urn:t:{number}")


def test_a_town_that_is_away_is_told_of_in_a_warning_and_the_rest_answered(
    both: tuple[Town, Town],
) -> None:
    city, _ = both
    city.http.post("/entities", json=tank(1, level=1))
    away = Town(Path(), free_port())
    city.registers(away)
    answer = city.get("/entities", type=KIND)
    assert [one["id"] for one in answer.json()] == ["urn:t:1"]
    assert answer.headers["ngsild-warning"].startswith("299 ")
    partly = city.http.post("/entities", json=tank(2, level=2))
    assert partly.status_code == 207
    assert partly.json()["errors"][0]["error"]["status"] == 502
    away.http.close()


def test_registrations_and_the_alias_survive_a_kill(tmp_path: Path) -> None:
    with towns(tmp_path) as (city, township):
        township.http.post("/entities", json=tank(2, level=2))
        path = city.registers(township)
        before = city.get(path).json()
        alias = city.get("/info/sourceIdentity").json()["contextSourceAlias"]
        city.end(signal.SIGKILL)
        city.start()
        assert city.get(path).json() == before
        assert city.ids() == ["urn:t:2"]
        assert city.get("/info/sourceIdentity").json()["contextSourceAlias"] == alias
        assert json.dumps(before)
