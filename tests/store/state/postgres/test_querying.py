"""PostgreSQL answers every query as the store in memory does."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kota.model.entity import Attribute, Entity, Kind
from kota.model.query import EntityQuery, Order, geo
from kota.model.query import q as q_language
from kota.model.query import scope as scope_language
from kota.model.query import types as type_language
from kota.model.terms import LOCATION
from kota.store.postgres.address import parse
from kota.store.state import StateStore, Write
from kota.store.state.postgres import PostgresState, querying
from kota.store.state.postgres.candidates import candidates_of
from kota.store.state.sqlite import SqliteState

TYPES = (("A",), ("B",), ("A", "B"), ("C",))
VALUES = (0, 5, 5.5, -3.25, 2**60, True, "5", "open", "a\0b", [4, 6], {"deep": 5}, None, 1e300)
QUERIES = (
    "x>4", "x<=5.5", "x==5", "x==4..6", "x>=5;y<6", "x>5|y==true", "!x", "x", 'x=="open"',
    "x.y>3", "x[deep]==5", "x==5,6", "owner", "x>1e300", "owner{x}>4", "owner{owner{x}}>4",
)  # fmt: skip


def square(west: float, south: float, side: float) -> list[Any]:
    east, north = west + side, south + side
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def some_entity(number: int, chance: random.Random) -> Entity:
    attrs: dict[str, tuple[Attribute, ...]] = {}
    for name in ("x", "y"):
        if chance.random() < 0.8:
            value = chance.choice(VALUES)
            attrs[name] = (Attribute(Kind.PROPERTY, value),)
            if chance.random() < 0.2:
                attrs[name] += (Attribute(Kind.PROPERTY, 5, dataset_id="urn:d:1"),)
    if chance.random() < 0.8:
        place: dict[str, Any] = {"type": "Point", "coordinates": [chance.random(), chance.random()]}
        if chance.random() < 0.3:
            ring = square(chance.random(), chance.random(), 0.2)
            place = {"type": "Polygon", "coordinates": ring}
        attrs[LOCATION] = (Attribute(Kind.GEO_PROPERTY, place),)
    if chance.random() < 0.5:
        attrs["owner"] = (Attribute(Kind.RELATIONSHIP, f"urn:e:{chance.randrange(60)}"),)
    scope = chance.choice(((), ("/t/n",), ("/t/s",)))
    return Entity(f"urn:e:{number}", TYPES[number % 4], attrs, scope)


def some_query(chance: random.Random) -> EntityQuery:
    def maybe(what: Any, share: float = 0.4) -> Any:
        return what if chance.random() < share else None

    box = square(chance.random(), chance.random(), chance.random())
    relation = chance.choice(["within", "intersects", "disjoint", "near;maxDistance==30000"])
    kind, coordinates = ("Polygon", box)
    if relation.startswith("near"):
        kind, coordinates = "Point", box[0][0]
    where = geo.parse(georel=relation, geometry=kind, coordinates=coordinates)
    return EntityQuery(
        ids=maybe(("urn:e:3", "urn:e:1", "urn:e:none"), 0.1) or (),
        id_pattern=maybe(re.compile("[13579]$"), 0.2),
        types=maybe(type_language.parse(chance.choice(["A", "A|C", "(A;B)", "Z", "B"]), str)),
        attrs=maybe(("y", "owner"), 0.2) or (),
        q=maybe(q_language.parse(chance.choice(QUERIES), str, links=True), 0.6),
        scope_q=maybe(scope_language.parse(chance.choice(["/t/#", "/t/n"])), 0.2),
        geo=maybe(where),
        order=maybe((Order("x", descending=chance.random() < 0.5),), 0.2) or (),
        limit=chance.choice([0, 1, 3, 20, 100]),
        offset=chance.choice([0, 0, 2, 30]),
        count=chance.random() < 0.5,
        lens=maybe(_without_y, 0.2),
    )


def _without_y(entity: Entity) -> Entity | None:
    if entity.id.endswith("7"):
        return None
    attrs = {name: held for name, held in entity.attrs.items() if name != "y"}
    return entity if "y" not in entity.attrs else Entity(entity.id, entity.types, attrs)


@pytest.fixture
async def both(database: str, tmp_path: Path, clock: Any) -> AsyncIterator[list[StateStore]]:
    stores: list[StateStore] = [
        SqliteState(tmp_path, clock), PostgresState(parse(database), clock)
    ]  # fmt: skip
    for store in stores:
        await store.open()
    yield stores
    for store in stores:
        await store.close()


async def test_an_index_of_an_attribute_is_used(database: str, clock: Any) -> None:
    store = PostgresState(parse(database), clock)
    await store.open()
    lamps = [
        Entity(f"urn:l:{number}", ("Lamp",), {"x": (Attribute(Kind.PROPERTY, number),)})
        for number in range(3000)
    ]
    await store.apply([Write(e.id, lambda _, e=e: e) for e in lamps])  # type: ignore[misc]
    connection = await asyncpg.connect(database, server_settings={"search_path": "kota,public"})
    await connection.execute(
        "CREATE INDEX by_x ON entity (number_of(facts, 'x'));"
        "CREATE INDEX odd_x ON entity ((facts->'x')) WHERE facts->'x' = 'null'; ANALYZE entity"
    )
    query = EntityQuery(q=q_language.parse("x==70..75", str))
    candidates = candidates_of(query, {})
    await connection.execute("SET plan_cache_mode = force_custom_plan")
    plan = await connection.fetch(
        f"EXPLAIN SELECT * FROM entity e WHERE {candidates.condition}", *candidates.values
    )
    await connection.close()

    assert "by_x" in str(plan)
    found, _ = await store.query(query)
    await store.close()
    assert [entity.id for entity in found] == [f"urn:l:{number}" for number in range(70, 76)]


@pytest.mark.parametrize("seed", range(4))
async def test_any_query_has_the_same_answer(
    both: list[StateStore], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querying, "CHUNK", 7)
    monkeypatch.setattr(querying, "LEAST", 3)
    chance = random.Random(seed)
    entities = [some_entity(number, chance) for number in range(60)]
    for store in both:
        await store.apply([Write(e.id, lambda _, e=e: e) for e in entities])  # type: ignore[misc]
    for _ in range(3):
        changed = [some_entity(chance.randrange(60), chance) for _ in range(10)]
        gone = f"urn:e:{chance.randrange(60)}"
        for store in both:
            await store.apply([Write(e.id, lambda _, e=e: e) for e in changed])  # type: ignore[misc]
            await store.apply([Write(gone, lambda _: None)])
        for _ in range(80):
            query = some_query(chance)
            expected, found = [await store.query(query) for store in both]
            assert found == expected, query
        embedded, production = both
        assert await production.type_counts() == await embedded.type_counts()
        for types in ((), ("A",), ("B", "C")):
            wanted = [entity async for entity in embedded.scan(types)]
            assert [entity async for entity in production.scan(types)] == wanted
