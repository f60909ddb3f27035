"""What kota doctor says of a database."""

from __future__ import annotations

from typing import Any

from kota.store.postgres.address import parse
from kota.store.postgres.examining import Examined, examine
from kota.store.state.postgres import PostgresState


def by_check(found: list[Examined]) -> dict[str, Examined]:
    return {one.check: one for one in found}


async def test_a_database_is_told_fit_or_why_not(database: str, clock: Any) -> None:
    found = by_check(await examine(parse(database)))

    assert found["PostGIS"].level == "good"
    assert found["rights"].level == "good"
    assert found["state"].detail == "no tables in kota yet"
    assert (found["fsync"].level, found["fsync"].detail) == ("bad", "off")
    assert found["archive_mode"].level == "warning"


async def test_the_version_of_the_tables_is_told(database: str, clock: Any) -> None:
    store = PostgresState(parse(database), clock)
    await store.open()
    await store.close()

    assert by_check(await examine(parse(database)))["state"].detail == "version 1 in kota"


async def test_a_database_that_is_away_is_one_finding() -> None:
    (found,) = await examine(parse("postgresql://kota:secret@127.0.0.1:9/town"))

    assert found.level == "bad"
    assert "secret" not in found.detail
