import httpx
import pytest
from tests.api.conftest import patch, point, reading

from kota.clock import WallClock
from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality, Source
from kota.runtime import Kota


async def test_entity_is_shown_with_unit_quality_and_age(
    client: httpx.AsyncClient, junction: str
) -> None:
    body = (await client.get(f"/api/v1/entities/{junction}")).json()
    assert body["types"] == ["Junction"]
    assert body["name"] == body["title"] == "North gate"
    assert body["location"] == {"type": "Point", "coordinates": [106.8, -6.2]}
    assert body["clock"] == "wall"
    assert body["relations"] == [
        {"name": "isPartOf", "target": "urn:ngsi-ld:Network:N1", "title": "Is part of"}
    ]
    pressure = next(one for one in body["attributes"] if one["name"] == "pressure")
    assert pressure["unit"] == {"code": "MTR", "symbol": "m", "name": "metre"}
    assert pressure["quality"] == {"level": "good", "source": "measured", "reason": None}
    assert (pressure["value"], pressure["display"], pressure["numeric"]) == (41.5, "41.5", True)
    assert pressure["kind"] == "Property"
    assert not pressure["stale"]
    assert 0.9 < pressure["age_s"] < 60


async def test_entity_whose_reports_stopped_is_stale(client: httpx.AsyncClient, kota: Kota) -> None:
    long_ago = WallClock().now() - 10 * 3600 * 10**6
    quality = Quality(Level.BAD, Source.MEASURED, "stuck")
    await kota.ingest.observe(
        [patch("urn:x:1", "Tank", level=reading(1.0, at=long_ago, quality=quality))]
    )
    body = (await client.get("/api/v1/entities/urn:x:1")).json()
    level = body["attributes"][0]
    assert level["stale"]
    assert level["quality"] == {"level": "bad", "source": "measured", "reason": "stuck"}
    assert body["title"] == "Tank 1"
    health = (await client.get("/api/v1/health")).json()
    assert [one["id"] for one in health["silent"]] == ["urn:x:1"]


async def test_every_kind_of_attribute_is_shown(client: httpx.AsyncClient, kota: Kota) -> None:
    await kota.ingest.observe(
        [
            patch(
                "urn:x:1",
                "Thing",
                label=reading({"en": "Gate", "ms": "Pintu"}, kind=Kind.LANGUAGE_PROPERTY),
                state=reading("urn:v:Open", kind=Kind.VOCAB_PROPERTY),
                settings=reading({"a": [1, True]}, kind=Kind.JSON_PROPERTY),
                series=reading([1, 2.5], kind=Kind.LIST_PROPERTY),
                feeds=reading(["urn:x:2", "urn:x:3"], kind=Kind.LIST_RELATIONSHIP),
                area=reading(
                    {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, kind=Kind.GEO_PROPERTY
                ),
            )
        ]
    )
    body = (await client.get("/api/v1/entities/urn:x:1")).json()
    shown = {one["name"]: one["display"] for one in body["attributes"]}
    assert shown == {
        "label": "Gate",
        "state": "urn:v:Open",
        "settings": "a: 1, yes",
        "series": "1, 2.5",
        "area": "LineString",
    }
    assert [one["target"] for one in body["relations"]] == ["urn:x:2", "urn:x:3"]


async def test_sub_attributes_and_datasets_are_shown(client: httpx.AsyncClient, kota: Kota) -> None:
    accuracy = kota.names.expand("accuracy")
    sub = {accuracy: (Attribute(Kind.PROPERTY, 0.5),)}
    pair = (Attribute(Kind.PROPERTY, 1, sub=sub), Attribute(Kind.PROPERTY, 2, dataset_id="urn:d:2"))
    await kota.ingest.observe([patch("urn:x:1", "Thing", level=pair)])
    body = (await client.get("/api/v1/entities/urn:x:1")).json()
    assert [one["datasetId"] for one in body["attributes"]] == [None, "urn:d:2"]
    assert body["attributes"][0]["sub"] == {"accuracy": 0.5}


async def test_unknown_entity_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/entities/urn:x:none")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "urn:x:none" in answer.json()["detail"]


async def test_id_with_slashes_is_found(client: httpx.AsyncClient, kota: Kota) -> None:
    await kota.ingest.observe([patch("https://example.org/a/b", "Thing", level=reading(1))])
    answer = await client.get("/api/v1/entities/https%3A%2F%2Fexample.org%2Fa%2Fb")
    assert answer.json()["id"] == "https://example.org/a/b"


async def test_types_are_counted(client: httpx.AsyncClient, kota: Kota, junction: str) -> None:
    await kota.ingest.observe([patch("urn:x:1", "CrowdFlowObserved", level=reading(1))])
    assert (await client.get("/api/v1/types")).json() == [
        {
            "type": "CrowdFlowObserved",
            "title": "Crowd flow observed",
            "count": 1,
            "system": None,
            "shown": True,
        },
        {
            "type": "Junction",
            "title": "Junction",
            "count": 1,
            "system": None,
            "shown": True,
        },
    ]


async def test_map_has_one_item_a_column_for_each_entity(
    client: httpx.AsyncClient, kota: Kota, junction: str
) -> None:
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    await kota.ingest.observe(
        [
            patch("urn:x:nowhere", "Junction", pressure=reading(1.0)),
            patch(
                "urn:ngsi-ld:Junction:J2",
                "Junction",
                location=reading(line, kind=Kind.GEO_PROPERTY),
                status=reading("open", quality=Quality(Level.UNCERTAIN)),
            ),
        ]
    )
    body = (await client.get("/api/v1/map", params={"types": "Junction,Ghost"})).json()
    table, nothing = body["types"]
    assert table["ids"] == [junction, "urn:x:nowhere", "urn:ngsi-ld:Junction:J2"]
    assert table["names"] == ["North gate", None, None]
    assert table["geometry"] == [[106.8, -6.2], None, line]
    assert table["values"] == {"pressure": [41.5, 1.0, None], "status": [None, None, "open"]}
    assert table["units"] == {"pressure": "MTR"}
    assert table["quality"] == [0, 0, 1]
    assert table["stale"] == [False, False, False]
    assert table["observedAt"][0].endswith("Z")
    assert table["observedAt"][1:] == [None, None]
    assert nothing["ids"] == []


async def test_map_without_types_has_all(client: httpx.AsyncClient, junction: str) -> None:
    assert [one["type"] for one in (await client.get("/api/v1/map")).json()["types"]] == [
        "Junction"
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("north", ["urn:x:1", "urn:x:2"]),
        ("NORTH GATE", ["urn:x:2", "urn:x:3"]),
        ("x:1", ["urn:x:1"]),
        ("jalan", ["urn:x:3"]),
        ("valve", ["urn:x:1", "urn:x:2", "urn:x:3"]),
        ("  ", []),
        ("none of these", []),
    ],
)
async def test_search_finds_best_first(
    client: httpx.AsyncClient, kota: Kota, text: str, found: list[str]
) -> None:
    address = reading({"streetAddress": "Jalan Merdeka", "addressLocality": "Bandung"})
    await kota.ingest.observe(
        [
            patch("urn:x:1", "Valve", name=reading("North"), location=point(1, 2)),
            patch("urn:x:2", "Valve", name=reading("North gate")),
            patch("urn:x:3", "Valve", name=reading("Old north gate"), address=address),
        ]
    )
    body = (await client.get("/api/v1/search", params={"q": text, "limit": 10})).json()
    got = [one["id"] for one in body["results"]]
    assert got[: len(found)] == found


async def test_search_gives_place_and_at_most_limit(
    client: httpx.AsyncClient, kota: Kota, junction: str
) -> None:
    await kota.ingest.observe([patch("urn:x:2", "Valve", name=reading("North two"))])
    body = (await client.get("/api/v1/search", params={"q": "north", "limit": 1})).json()
    assert body["results"] == [
        {
            "id": junction,
            "type": "Junction",
            "name": "North gate",
            "description": None,
            "location": [106.8, -6.2],
        }
    ]
