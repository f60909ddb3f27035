"""A solution in a distribution of its own is found and runs without an edit of the core."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from kota.city import City
from kota.clock import WallClock
from kota.context.ingest import Patch
from kota.context.stream import Stream
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import kota_context
from kota.solution import Solution, load_solutions
from kota.store.state import Change
from kota.supervisor import State, Supervisor
from kota.workers import Workers

TOY = Path(__file__).parent / "toy"


class Doors:
    """A store of two doors that also takes statements in."""

    def __init__(self) -> None:
        self.said: list[Patch] = []
        self.entities = [door("1", is_open=True), door("2", is_open=False)]

    async def scan(self, types: Sequence[str] = ()) -> AsyncIterator[Entity]:
        for entity in self.entities:
            if entity.types[0] in types:
                yield entity

    async def observe(self, patches: Sequence[Patch]) -> None:
        self.said += patches


def door(number: str, *, is_open: bool) -> Entity:
    attrs = {"urn:toy:open": (Attribute(Kind.PROPERTY, is_open),)}
    return Entity(f"urn:ngsi-ld:Door:{number}", ("urn:toy:Door",), attrs)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy, installed as `pip install --target` would lay it out."""
    project = tomllib.loads((TOY / "pyproject.toml").read_text())["project"]
    shutil.copytree(TOY / "src", tmp_path, dirs_exist_ok=True)
    info = tmp_path / f"kota_toy-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines: list[str] = []
    for group, named in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in named.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("kota_toy", None)


def city_of(solution: Solution, store: Doors) -> City:
    return City(
        solution.name,
        reads=solution.reads,
        writes=solution.writes,
        context=kota_context().with_terms(solution.terms),
        store=store,  # type: ignore[arg-type]
        intake=store,
        past=store,  # type: ignore[arg-type]
        clock=WallClock(),
        workers=Workers(),
    )


def test_an_installed_distribution_is_found_beside_the_others(installed: None) -> None:
    assert "toy" in [solution.name for solution in load_solutions()]


def test_an_uninstalled_distribution_is_not_found() -> None:
    assert "toy" not in [solution.name for solution in load_solutions()]


async def test_the_toy_answers_a_change_with_a_statement(installed: None) -> None:
    (toy,) = load_solutions(["toy"])
    store, stream = Doors(), Stream()
    supervisor = Supervisor(stream)
    supervisor.start(toy, city_of(toy, store))
    await asyncio.sleep(0)
    stream.publish([Change(1, 0, None, store.entities[0])])
    while not store.said:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)
    (health,) = supervisor.health()
    await supervisor.stop()
    (patch,) = store.said
    (opened,) = patch.attrs["urn:toy:doorsOpen"]
    assert opened.value == 1
    assert opened.observed_at is not None
    assert opened.quality is not None
    assert opened.quality.reason == "counted"
    assert health.state is State.RUNNING
