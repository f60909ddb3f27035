"""One entity of what several brokers hold of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kota.context.sources.merging import merged, merged_all
from kota.model.entity import Attribute, Entity, Kind

INSTANCES = st.builds(
    Attribute,
    st.just(Kind.PROPERTY),
    st.integers(0, 99),
    observed_at=st.none() | st.integers(1, 5),
    dataset_id=st.none() | st.sampled_from(["urn:d:1", "urn:d:2"]),
    modified_at=st.integers(1, 5),
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from("abc"),
    st.lists(INSTANCES, min_size=1, unique_by=lambda one: one.dataset_id).map(tuple),
)
ENTITIES = st.builds(Entity, st.just("urn:t:1"), st.just(("T",)), ATTRIBUTES)


def held(value: object, *, observed: int | None = None, modified: int = 1) -> Entity:
    one = Attribute(Kind.PROPERTY, value, observed, modified_at=modified)
    return Entity("urn:t:1", ("T",), {"level": (one,)})


def level(entity: Entity | None) -> object:
    assert entity is not None
    return entity.attrs["level"][0].value


def test_what_was_observed_last_stays_whoever_wrote_it_last() -> None:
    old, new = held("old", observed=1, modified=9), held("new", observed=2, modified=1)
    assert level(merged(old, new)) == level(merged(new, old)) == "new"


def test_where_one_has_no_observation_what_was_changed_last_stays() -> None:
    old, new = held("old", observed=5, modified=1), held("new", modified=2)
    assert level(merged(old, new)) == level(merged(new, old)) == "new"


def test_an_auxiliary_source_only_fills_in_what_is_missing() -> None:
    extra = Entity(
        "urn:t:1",
        ("T",),
        {
            "level": (Attribute(Kind.PROPERTY, "theirs", 9),),
            "name": (Attribute(Kind.PROPERTY, "North"),),
        },
    )
    whole = merged_all([(extra, True), (held("ours", observed=1), False)])
    assert level(whole) == "ours"
    assert whole is not None
    assert whole.attrs["name"][0].value == "North"


@given(ENTITIES, ENTITIES)
def test_every_attribute_and_dataset_of_either_is_there_once(one: Entity, other: Entity) -> None:
    whole = merged(one, other)
    for part in (one, other):
        for name, instances in part.attrs.items():
            found = [instance.dataset_id for instance in whole.attrs[name]]
            assert len(found) == len(set(found))
            assert {instance.dataset_id for instance in instances} <= set(found)
    assert merged(whole, one).attrs.keys() == whole.attrs.keys()


@given(ENTITIES)
def test_merging_an_entity_with_itself_changes_nothing(one: Entity) -> None:
    assert merged(one, one) == one
