import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from kota.api.live.channel import Channel, Client
from kota.api.live.frame import Frame, Row
from kota.api.live.roster import Roster
from kota.api.live.watch import Watch
from kota.api.words import Words
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import kota_context
from kota.store.state import Change


def _level(entity_id: str, value: float) -> Entity:
    name = kota_context().expand("level")
    return Entity(entity_id, ("urn:t:Tank",), {name: (Attribute(Kind.PROPERTY, value),)})


def _channel() -> tuple[Channel, Roster]:
    roster = Roster(Words(kota_context()))
    return Channel(Watch(all=True, interval_ms=50), roster, lambda: "now"), roster


async def test_frame_is_written_once_for_all_clients() -> None:
    channel, roster = _channel()
    clients = [Client() for _ in range(3)]
    for client in clients:
        channel.join(client)
    channel.put(roster.rows(Change(1, 0, None, _level("urn:x:1", 1.0))))
    frames = [await client.take() for client in clients]
    assert frames[0] is frames[1] is frames[2]
    assert frames[0].texts("now") is frames[1].texts("later")


async def test_slow_client_gets_one_joined_frame() -> None:
    channel, roster = _channel()
    slow = Client()
    channel.join(slow)
    before: Entity | None = None
    for value in range(5):
        entity = _level("urn:x:1", float(value))
        channel.put(roster.rows(Change(value, 0, before, entity)))
        before = entity
        await asyncio.sleep(0.08)
    names, delta = (json.loads(text) for text in (await slow.take()).texts("now"))
    assert [one[1] for one in names["entities"]] == ["urn:x:1"]
    assert [row[2] for row in delta["rows"]] == [4.0]


async def test_entity_that_came_and_went_is_only_gone() -> None:
    channel, roster = _channel()
    client = Client()
    channel.join(client)
    channel.put(roster.rows(Change(1, 0, None, _level("urn:x:1", 1.0))))
    handle = roster.release("urn:x:1")
    assert handle is not None
    channel.drop(handle)
    messages = [json.loads(text) for text in (await client.take()).texts("now")]
    assert [one["op"] for one in messages][-1] == "gone"
    assert "delta" not in [one["op"] for one in messages]


rows = st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(), st.none(), st.just(0))
steps = st.lists(st.one_of(rows, st.integers(1, 4)), max_size=30)


def _apply(frame: Frame, step: Row | int) -> None:
    if isinstance(step, int):
        frame.drop(step)
    else:
        frame.put(step)


@given(steps, st.integers(0, 30))
def test_joined_frames_say_what_one_frame_would(step: list[Row | int], cut: int) -> None:
    whole, first, second = Frame(), Frame(), Frame()
    for one in step:
        _apply(whole, one)
    for one in step[:cut]:
        _apply(first, one)
    for one in step[cut:]:
        _apply(second, one)
    both = first.joined(second)
    assert both.rows == whole.rows
    assert both.gone == whole.gone
