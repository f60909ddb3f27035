"""Observations as columns: what goes in is what history gives back (see its contract tests)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality
from kota.model.terms import NULL, TYPES
from kota.store.state import Observation
from kota.store.state.schema import MIGRATIONS
from kota.store.state.sqlite import FILE_NAME, SqliteState
from kota.store.state.stretch import EXACT, NEVER, UNSAID, Stretch, stretch_of

INSTANCES = st.builds(
    Attribute,
    st.sampled_from(Kind),
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(-(2**62), 2**62),
        st.booleans(),
        st.text(max_size=3),
        st.none(),
    ),
    st.none() | st.integers(0, 9),
    st.sampled_from([None, "CEL", "BAR"]),
    st.sampled_from([None, "urn:d:1"]),
    st.sampled_from([None, Quality(Level.BAD, reason="stuck")]),
)
STORIES = st.lists(
    st.builds(Observation, st.sampled_from(["urn:a", "urn:b"]), st.sampled_from("xy"), INSTANCES),
    min_size=1,
    max_size=12,
)


@given(st.integers(1, 100), STORIES)
def test_every_column_says_of_each_observation_what_was_observed(
    first: int, story: list[Observation]
) -> None:
    stretch = stretch_of(first, story)

    again = msgspec.msgpack.decode(msgspec.msgpack.encode(stretch), type=Stretch)

    assert again == stretch
    assert (again.first, again.last) == (first, first + len(story) - 1)
    numbered = bytes([1]) * again.count if again.numbered is None else again.numbered
    quality = bytes([UNSAID]) * again.count if again.quality is None else again.quality
    for row, one in enumerate(story):
        instance = one.instance
        assert again.series_at(row) == (one.entity_id, one.attribute, instance.dataset_id)
        assert again.kind[row] == instance.kind
        at = np.frombuffer(again.observed_at, np.int64)[row]
        assert at == (NEVER if instance.observed_at is None else instance.observed_at)
        value, number = instance.value, np.frombuffer(again.number)[row]
        if type(value) is float or (type(value) is int and abs(value) < EXACT):
            assert numbered[row]
            assert number == value
        else:
            assert again.told_at(row)[0] == value
            assert bool(numbered[row]) == (type(value) is bool)
        given = instance.quality
        assert quality[row] == (UNSAID if given is None else given.code)


def test_a_group_of_numbers_takes_few_bytes() -> None:
    story = [
        Observation(
            f"urn:ngsi-ld:Device:{i // 5}",
            f"https://uri.etsi.org/ngsi-ld/default-context/a{i % 5}",
            Attribute(Kind.PROPERTY, i * 0.5, i, "CEL", created_at=1, modified_at=i),
        )
        for i in range(5000)
    ]
    assert len(msgspec.msgpack.encode(stretch_of(1, story))) < 5000 * 50


def test_only_a_null_without_a_time_marks_a_deletion() -> None:
    mark = Attribute(Kind.PROPERTY, NULL, modified_at=7)
    value = Attribute(Kind.PROPERTY, NULL, 5, modified_at=7)

    stretch = stretch_of(1, [Observation("urn:a", "x", mark), Observation("urn:a", "x", value)])

    assert stretch.deleted_at is not None
    assert np.frombuffer(stretch.deleted_at, np.int64).tolist() == [7, NEVER]
    assert stretch_of(1, [Observation("urn:a", "x", value)]).deleted_at is None


def test_a_value_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(TypeError):
        stretch_of(1, [Observation("urn:a", "x", Attribute(Kind.PROPERTY, object()))])


async def test_a_journal_of_the_first_version_is_turned_into_stretches(
    tmp_path: Path, clock: Any
) -> None:
    types = Attribute(Kind.VOCAB_PROPERTY, ["T"], 1, created_at=1, modified_at=1)
    groups = [
        [
            Observation("urn:a", TYPES, types),
            Observation("urn:a", "x", Attribute(Kind.PROPERTY, 1)),
        ],
        [Observation("urn:a", "x", Attribute(Kind.PROPERTY, 2.5, 9, "CEL"))],
    ]
    script = MIGRATIONS[0]
    assert isinstance(script, str)
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.executescript(f"{script}; PRAGMA user_version = 1;")
    for first, last, group in ((1, 2, groups[0]), (3, 3, groups[1])):
        connection.execute(
            "INSERT INTO journal (last, first, body) VALUES (?, ?, ?)",
            (last, first, msgspec.msgpack.encode(group)),
        )
    connection.execute("INSERT INTO meta (name, value) VALUES ('observations', 3)")
    connection.commit()
    connection.close()

    store = SqliteState(tmp_path, clock)
    await store.open()

    assert store.journal.last == 3
    assert await store.journal.read(0, 100) == [stretch_of(1, groups[0]), stretch_of(3, groups[1])]
    await store.close()
