"""Laws of history: draining is idempotent, and how it is split does not matter."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from kota.model.entity import Attribute, Kind
from kota.model.terms import NULL, TYPES
from kota.store.history.duckdb import DuckHistory
from kota.store.history.postgres import PostgresHistory
from kota.store.history.protocol import ALWAYS, SeriesFilter
from kota.store.postgres.address import parse
from kota.store.state.protocol import Observation
from kota.store.state.stretch import stretch_of

IDS = ("urn:a:1", "urn:a:2", "urn:a:3")
VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.integers(-(2**60), 2**60),
    st.booleans(),
    st.text(max_size=5),
    st.lists(st.integers(0, 9), max_size=3),
)


@st.composite
def stories(draw):
    """A journal: observations of three entities, now and then one is deleted."""
    story = []
    for _ in range(draw(st.integers(1, 25))):
        entity_id = draw(st.sampled_from(IDS))
        if draw(st.integers(0, 9)) == 0:
            mark = Attribute(Kind.VOCAB_PROPERTY, NULL, modified_at=1)
            story.append(Observation(entity_id, TYPES, mark))
            continue
        instance = Attribute(
            Kind.PROPERTY,
            draw(VALUES),
            draw(st.one_of(st.none(), st.integers(0, 50))),
            dataset_id=draw(st.sampled_from([None, "urn:d:1"])),
            modified_at=draw(st.integers(51, 60)),
        )
        story.append(
            Observation(entity_id, draw(st.sampled_from(["urn:p:x", "urn:p:y"])), instance)
        )
    return story


def expected(story):
    """What is left of a journal, as history gives it back."""
    kept = []
    for one in story:
        if one.attribute == TYPES:
            kept = [earlier for earlier in kept if earlier.entity_id != one.entity_id]
        else:
            kept.append(one)
    return sorted(kept, key=_time)


def _time(one):
    at = one.instance.observed_at
    return one.instance.modified_at if at is None else at


@settings(max_examples=30)
@given(stories(), st.data())
async def test_any_split_with_any_repetition_gives_the_same_history(story, data):
    with tempfile.TemporaryDirectory() as folder:
        await check(DuckHistory(Path(folder)), story, data)


@settings(max_examples=15)
@given(stories(), st.data())
async def test_the_same_holds_for_postgresql(database, story, data):
    schema = f"example_{uuid4().hex}"
    await check(PostgresHistory(parse(f"{database}?schema={schema}")), story, data)


async def check(history, story, data):
    """Drain a story in parts, some of them again, and compare what is left."""
    await history.open()
    through = 0
    while through < len(story):
        again = data.draw(st.integers(0, through))
        until = data.draw(st.integers(through + 1, len(story)))
        await history.drain([stretch_of(again + 1, story[again:until])])
        through = until

    found = await history.instances(SeriesFilter(entity_ids=IDS), ALWAYS)
    await history.close()

    assert [(one.entity_id, one.attribute, one.instance) for one in found] == [
        (one.entity_id, one.attribute, one.instance) for one in expected(story)
    ]
