from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.conftest import FakeDemo

from kota.api.app import application
from kota.api.kota.health import Rate
from kota.clock import WallClock
from kota.connect.devices import Device
from kota.context.notice import Entry, notice
from kota.model.entity import Entity
from kota.runtime import Kota
from kota.solution import Card, Layer, Page, Panel, Periodic, Solution
from kota.store.state import Letter
from kota.supervisor import Supervisor


def _client(kota: Kota) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(kota), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9090")


async def _put_letter(kota: Kota, topic: str, body: bytes) -> str:
    letter = Letter("ingest", topic, "not understood", body, WallClock().now())
    await kota.state.apply([], letters=[letter])
    return str((await kota.state.list_letters("ingest"))[0].key)


async def test_town_tells_name_place_and_time(client: httpx.AsyncClient, junction: str) -> None:
    body = (await client.get("/api/v1/town")).json()
    assert body["title"] == "Kota Baru"
    assert body["bounds"] == [106.8, -6.2, 106.8, -6.2]
    assert body["center"] == [106.8, -6.2]
    assert body["clock"]["plant"] is False
    assert body["timezone"] == "Asia/Jakarta"
    assert body["basemap"] is None
    assert body["demo"] is False


async def test_empty_town_has_no_place(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/town")).json()
    assert (body["bounds"], body["center"], body["zoom"]) == (None, None, None)


async def test_town_follows_the_clock_of_a_plant(client: httpx.AsyncClient, kota: Kota) -> None:
    kota.clocks.tell("kota/clock/water", b'{"now": "2026-11-27T05:30:00Z", "speed": 60}')
    clock = (await client.get("/api/v1/town")).json()["clock"]
    assert clock["plant"] is True
    assert clock["speed"] == 60
    assert clock["now"].startswith("2026-11-27T05:3")


async def test_basemap_is_sent_once(client: httpx.AsyncClient, kota: Kota) -> None:
    assert (await client.get("/api/v1/basemap")).status_code == 404
    file = kota.settings.data / "basemap.geojson"
    file.write_text('{"type":"FeatureCollection","features":[]}')
    first = await client.get("/api/v1/basemap")
    assert first.json() == {"type": "FeatureCollection", "features": []}
    assert first.headers["content-encoding"] == "gzip"
    again = await client.get("/api/v1/basemap", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/api/v1/town")).json()["basemap"] == "/api/v1/basemap"
    file.write_text('{"type":"FeatureCollection","features":[],"changed":true}')
    plain = await client.get("/api/v1/basemap", headers={"accept-encoding": "identity"})
    assert plain.json()["changed"] is True


async def test_town_lies_where_its_base_map_does(
    client: httpx.AsyncClient, kota: Kota, junction: str
) -> None:
    file = kota.settings.data / "basemap.geojson"
    file.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        '{"type":"LineString","coordinates":[[100,1],[101,3]]}}]}'
    )
    body = (await client.get("/api/v1/town")).json()
    assert body["bounds"] == [100, 1, 101, 3]
    assert body["center"] == [100.5, 2]


async def test_base_map_that_is_none_says_so(
    client: httpx.AsyncClient, kota: Kota, junction: str
) -> None:
    file = kota.settings.data / "basemap.geojson"
    file.write_text('{"type":"FeatureCollection","features":[{"geometry":{"type":"Point"}}]}')
    answer = await client.get("/api/v1/basemap")
    assert answer.status_code == 500
    assert "basemap.geojson: geometry.coordinates" in answer.json()["detail"]
    assert (await client.get("/api/v1/town")).json()["center"] == [106.8, -6.2]


async def test_health_counts(client: httpx.AsyncClient, junction: str) -> None:
    body = (await client.get("/api/v1/health")).json()
    assert body["ingest"]["observations"] == 4
    assert body["store"]["entities"] == 1
    assert body["notifications"] == {"waiting": 0, "dead": 0}
    assert body["connections"] == []


@pytest.mark.parametrize("what", ["backups", "exports"])
async def test_copy_to_where_no_folder_can_be_is_refused(
    client: httpx.AsyncClient, tmp_path: Path, what: str
) -> None:
    (tmp_path / "file").write_text("")
    answer = await client.post(f"/api/v1/{what}", json={"target": str(tmp_path / "file" / "copy")})
    assert answer.status_code == 409
    assert "Not a directory" in answer.json()["detail"]


def test_rate_is_growth_a_second_over_ten_seconds() -> None:
    rate = Rate()
    assert rate.of(100, at=0.0) == 0.0
    assert rate.of(200, at=1.0) == 100.0
    for second in range(2, 30):
        last = rate.of(200 + 50 * second, at=float(second))
    assert last == 50.0


async def test_letters_are_listed_readably(client: httpx.AsyncClient, kota: Kota) -> None:
    for body in (b'{"a": 1}', b"hello", b"\xff\x00"):
        await _put_letter(kota, "/k/d1/attrs", body)
    listed = (await client.get("/api/v1/letters", params={"box": "ingest"})).json()
    assert [one["payload"] for one in listed] == ["ff 00", "hello", {"a": 1}]
    assert listed[0]["topic"] == "/k/d1/attrs"
    assert listed[0]["reason"] == "not understood"
    page = await client.get("/api/v1/letters", params={"before": listed[0]["key"], "limit": 1})
    assert [one["key"] for one in page.json()] == [listed[1]["key"]]


async def test_letter_is_thrown_away(client: httpx.AsyncClient, kota: Kota) -> None:
    key = await _put_letter(kota, "t", b"x")
    assert (await client.delete(f"/api/v1/letters/{key}")).status_code == 204
    assert (await client.delete(f"/api/v1/letters/{key}")).status_code == 404


async def test_letter_that_still_has_its_fault_stays(client: httpx.AsyncClient, kota: Kota) -> None:
    key = await _put_letter(kota, "no/such/topic", b"x")
    answer = await client.post(f"/api/v1/letters/{key}/replay")
    assert answer.status_code == 409
    assert "no/such/topic" in answer.json()["detail"]
    assert len((await client.get("/api/v1/letters")).json()) == 1
    assert (await client.post("/api/v1/letters/999/replay")).status_code == 404


async def test_notification_waits_again_after_replay(client: httpx.AsyncClient, kota: Kota) -> None:
    subscription = {
        "id": "urn:ngsi-ld:Subscription:S1",
        "type": "Subscription",
        "entities": [{"type": "Tank"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    assert (await client.post("/ngsi-ld/v1/subscriptions", json=subscription)).status_code == 201
    listed = [await _give_up(kota, client, of) for of in ("S1", "gone")]
    assert listed[0]["payload"]["entities"] == ["urn:x:1"]
    again = await client.post(f"/api/v1/letters/{listed[0]['key']}/replay")
    nobody = await client.post(f"/api/v1/letters/{listed[1]['key']}/replay")
    assert (again.status_code, nobody.status_code) == (204, 404)
    left = (await client.get("/api/v1/letters", params={"box": "notification"})).json()
    assert [one["key"] for one in left] == [listed[1]["key"]]


async def _give_up(kota: Kota, client: httpx.AsyncClient, of: str) -> dict[str, Any]:
    told = notice(WallClock().now(), (Entry(Entity("urn:x:1", ("T",), {})),))
    item = told.to_item(f"urn:ngsi-ld:Subscription:{of}")
    letter = Letter("notification", item.destination, "refused", item.body, item.due_at)
    await kota.state.apply([], letters=[letter])
    answer = await client.get("/api/v1/letters", params={"box": "notification", "limit": 1})
    (newest,) = answer.json()
    return dict(newest)


async def test_device_is_approved_or_rejected(client: httpx.AsyncClient, kota: Kota) -> None:
    for name in ("d1", "d2"):
        kota.devices.hold(name, topic=f"/k/{name}/attrs", profile=None, payload=b'{"t": 1}')
    pending = (await client.get("/api/v1/devices", params={"state": "pending"})).json()
    assert [one["id"] for one in pending] == ["d1", "d2"]
    assert pending[0]["payload"] == '{"t": 1}'
    unknown = await client.post("/api/v1/devices/d1/approve", json={"profile": "none-such"})
    assert unknown.status_code == 409
    approved = await client.post("/api/v1/devices/d1/approve", json={"entity": "urn:x:1"})
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    rejected = await client.post("/api/v1/devices/d2/reject")
    assert rejected.json()["state"] == "rejected"
    assert (await client.get("/api/v1/devices", params={"state": "pending"})).json() == []
    assert (await client.post("/api/v1/devices/d3/approve", json={})).status_code == 404
    assert (await client.post("/api/v1/devices/d1/approve", json={"x": 1})).status_code == 400


async def test_enrolled_device_is_listed(client: httpx.AsyncClient, kota: Kota) -> None:
    await kota.devices.enrol([Device(id="d9", name="Nine", lon=1.0, lat=2.0)])
    (listed,) = (await client.get("/api/v1/devices", params={"state": "approved"})).json()
    assert (listed["id"], listed["name"]) == ("d9", "Nine")


async def test_solution_shows_health_and_panel(kota: Kota) -> None:
    layer = Layer(id="j", title="Junctions", type="Junction", geometry="point")
    card = Card(
        id="c", title="Level", entity="urn:x:1", attribute="level", unit="MTR", min=0, max=5
    )

    page = Page(id="plan", title="Plan")

    async def work(_: object) -> None:
        return None

    toy = Solution(
        name="toy",
        title="Toy",
        alias="toy",
        description="Plays.",
        panel=lambda: Panel(title="Toy", pages=(page,), layers=(layer,), cards=(card,)),
    )
    bare = Solution(name="bare", title="Bare", alias="bare", description="Has none.")
    rooms = replace(kota, solutions=(bare, toy), supervisor=Supervisor(kota.stream))
    assert Periodic(name="t", title="T", period=1, run=work).name == "t"
    async with _client(rooms) as client:
        listed = (await client.get("/api/v1/solutions")).json()
        assert [(one["name"], one["health"]["state"]) for one in listed] == [
            ("bare", "starting"),
            ("toy", "starting"),
        ]
        panel = (await client.get("/api/v1/solutions/toy/panel")).json()
        assert panel["layers"][0]["id"] == "j"
        assert panel["cards"][0]["max"] == 5
        assert panel["charts"] == []
        assert panel["pages"] == [{"id": "plan", "title": "Plan"}]
        assert (await client.get("/api/v1/solutions/bare/panel")).status_code == 404
        assert (await client.get("/api/v1/solutions/none/panel")).status_code == 404
        assert (await client.get("/api/v1/town")).json()["solutions"][1]["alias"] == "toy"


async def test_demo_is_steered(demo: tuple[Kota, FakeDemo]) -> None:
    kota, playing = demo
    async with _client(kota) as client:
        body = (await client.get("/api/v1/demo")).json()
        assert body["title"] == "Monsoon Friday"
        assert [one["current"] for one in body["chapters"]] == [True, False]
        answer = await client.post("/api/v1/demo", json={"speed": 60, "chapter": "peak"})
        assert answer.json()["chapters"][1]["current"] is True
        assert playing.speed == 60
        assert (await client.post("/api/v1/demo", json={"speed": -1})).status_code == 400
        assert (await client.get("/api/v1/town")).json()["demo"] is True


async def test_without_a_demo_there_is_none(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/demo")).status_code == 404
    assert (await client.post("/api/v1/demo", json={})).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2", "/api/"])
async def test_unknown_path_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert path in answer.json()["detail"]


async def test_wrong_method_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.put("/api/v1/town")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_body_that_is_not_json_is_a_problem(demo: tuple[Kota, FakeDemo]) -> None:
    async with _client(demo[0]) as client:
        answer = await client.post(
            "/api/v1/demo", content=b"{", headers={"content-type": "application/json"}
        )
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_openapi_describes_every_answer(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/openapi.json")).json()
    assert "/api/v1/entities/{entity_id}" in schema["paths"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            assert "422" not in operation["responses"]
            refused = operation["responses"]["400"]["content"]
            assert "application/problem+json" in refused
