"""Following relationships, and writing what they lead to."""

from __future__ import annotations

from typing import Any

from kota.context.linked import LINK_LIMIT, Inliner, fetch_by, follow
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.model.represent import Representation, represent

CORE = core_context()
NEXT, MANY = CORE.expand("next"), CORE.expand("many")


def node(number: int, *targets: int, **attrs: tuple[Attribute, ...]) -> Entity:
    links = tuple(
        Attribute(Kind.RELATIONSHIP, f"urn:n:{target}", dataset_id=f"urn:d:{target}")
        for target in targets
    )
    named = {CORE.expand(name): value for name, value in attrs.items()}
    return Entity(
        f"urn:n:{number}", (CORE.expand("Node"),), ({NEXT: links} if links else {}) | named
    )


NODES = {one.id: one for one in (node(1, 2), node(2, 3), node(3, 1))}


async def get(entity_id: str) -> Entity | None:
    return NODES.get(entity_id)


fetch = fetch_by(get)


def whole(_: object) -> Representation:
    return Representation()


async def test_links_are_followed_as_deep_as_asked_and_never_in_circles() -> None:
    start = NODES["urn:n:1"]
    assert list(await follow([start], fetch, 0)) == []
    assert list(await follow([start], fetch, 1)) == ["urn:n:2"]
    assert list(await follow([start], fetch, 9)) == ["urn:n:2", "urn:n:3"]


async def test_a_link_into_nothing_is_left_as_it_is() -> None:
    lost = node(8, 9)
    linked = await follow([lost], fetch, 1)
    assert linked == {}
    body = represent(lost, CORE)
    Inliner(linked, CORE, whole).fill(body, lost, levels=1)
    assert "entity" not in body["next"]


async def test_inline_goes_as_deep_as_asked() -> None:
    start = NODES["urn:n:1"]
    linked = await follow([start], fetch, 2)
    body = represent(start, CORE)
    Inliner(linked, CORE, whole).fill(body, start, levels=2)
    second = body["next"]["entity"]
    assert second["id"] == "urn:n:2"
    assert second["next"]["entity"]["id"] == "urn:n:3"
    assert "entity" not in second["next"]["entity"]["next"]


async def test_lists_and_several_datasets_are_filled_too() -> None:
    several = (Attribute(Kind.LIST_RELATIONSHIP, ["urn:n:2", "urn:n:3"]),)
    start = node(7, 2, 3, many=several)
    linked = await follow([start], fetch, 1)
    for form in ("normalized", "concise"):
        options = Representation(form=form)  # type: ignore[arg-type]
        body: dict[str, Any] = represent(start, CORE, options)
        Inliner(linked, CORE, lambda _, options=options: options).fill(body, start, levels=1)
        assert [one["entity"]["id"] for one in body["next"]] == ["urn:n:2", "urn:n:3"]
        assert [one["id"] for one in body["many"]["entityList"]] == ["urn:n:2", "urn:n:3"]
    simple = Representation(form="simplified")
    body = represent(start, CORE, simple)
    Inliner(linked, CORE, lambda _: simple).fill(body, start, levels=1)
    assert {one["id"] for one in body["next"]["dataset"].values()} == {"urn:n:2", "urn:n:3"}


async def test_a_mesh_is_written_within_bounds() -> None:
    mesh = {f"urn:n:{n}": node(n, *range(20)) for n in range(20)}
    start = mesh["urn:n:0"]
    body = represent(start, CORE)
    Inliner(mesh, CORE, whole).fill(body, start, levels=10)
    assert str(body).count("'Node'") == LINK_LIMIT + 1
