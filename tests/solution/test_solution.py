"""What a solution may and may not do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pyarrow as pa
import pytest

import kota.solution
from kota.city import City, Reading, Statement
from kota.clock import WallClock
from kota.context.ingest import Patch
from kota.errors import SolutionError
from kota.model.entity import Entity
from kota.model.jsonld import kota_context
from kota.solution import Column, Solution, Table, load_solutions
from kota.workers import Workers

good = Solution(name="good", title="Good", alias="good", description="Is good.")
twin = Solution(name="twin", title="Twin", alias="good", description="Shares an alias.")
not_a_solution = "water"


class Nothing:
    """A city without entities or history."""

    def __init__(self) -> None:
        self.said: list[Patch] = []

    async def scan(self, types: Sequence[str] = ()) -> AsyncIterator[Entity]:
        for entity in ():
            yield entity

    async def observe(self, patches: Sequence[Patch]) -> None:
        self.said += patches

    async def table(
        self, entity_ids: Sequence[str], attributes: Sequence[str], *, start: int, end: int
    ) -> pa.Table:
        rows = [(entity, name) for entity in entity_ids for name in attributes]
        ids, names = zip(*rows, strict=True)
        return pa.table({"entity_id": ids, "attribute": names, "number": [1.0] * len(rows)})


@pytest.fixture
def nothing() -> Nothing:
    return Nothing()


@pytest.fixture
def city(nothing: Nothing) -> City:
    return City(
        "good",
        reads={"Tank": ["level"]},
        writes={"WaterNetwork": ["balance"]},
        context=kota_context(),
        store=nothing,  # type: ignore[arg-type]
        intake=nothing,
        past=nothing,  # type: ignore[arg-type]
        clock=WallClock(),
        workers=Workers(),
    )


def points(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    found = EntryPoints(EntryPoint(n, v, "kota.solutions") for n, v in values.items())
    monkeypatch.setattr(kota.solution, "entry_points", lambda group: found)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("good", f"{__name__}:absent", "reinstall the package"),
        ("good", "no_such_module:solution", "reinstall the package"),
        ("good", f"{__name__}:not_a_solution", "is a str"),
        ("other", f"{__name__}:good", "calls itself 'good'"),
    ],
)
def test_a_solution_that_breaks_its_contract_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    points(monkeypatch, **{name: value})
    with pytest.raises(SolutionError, match=says):
        load_solutions()


def test_two_solutions_with_one_alias_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, good=f"{__name__}:good", twin=f"{__name__}:twin")
    with pytest.raises(SolutionError, match="rename one"):
        load_solutions()


def test_a_missing_solution_is_answered_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points(monkeypatch, good=f"{__name__}:good")
    with pytest.raises(SolutionError, match="installed are good"):
        load_solutions(["sewage"])


async def test_an_undeclared_type_is_not_read(city: City) -> None:
    with pytest.raises(SolutionError, match="`reads`"):
        await city.entities("Camera")


async def test_an_undeclared_attribute_is_not_written(city: City, nothing: Nothing) -> None:
    balance, level = Reading(1.0), Reading(2.0)
    statements = [
        Statement("urn:ngsi-ld:WaterNetwork:1", "WaterNetwork", {"balance": balance}),
        Statement("urn:ngsi-ld:Tank:1", "Tank", {"level": level}),
    ]
    with pytest.raises(SolutionError, match="writes level of Tank"):
        await city.state(statements)
    assert nothing.said == []


async def test_history_comes_back_under_short_names(city: City) -> None:
    table = await city.history(["urn:ngsi-ld:Tank:1"], ["level"], start=0, end=1)
    assert table.column("attribute").to_pylist() == ["level"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"columns": ()}, "no column"),
        ({"limit": 0}, "limit is 0"),
        ({"limit": 201}, "limit is 201"),
        ({"where": "pressure=="}, "where"),
        ({"where": "(pressure>1"}, "where"),
    ],
)
def test_a_table_that_cannot_be_shown_is_refused(wrong: dict[str, Any], said: str) -> None:
    usual = {"columns": (Column(attribute="pressure", title="Pressure"),)}
    with pytest.raises(SolutionError, match=f"table 'low'.*{said}"):
        Table(id="low", title="Low", type="Junction", **{**usual, **wrong})
