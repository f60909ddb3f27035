from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connect.conftest import Field

from kota.clock import WallClock
from kota.connect import intake as module
from kota.connect.decoder import Decoded
from kota.connect.devices import Devices
from kota.connect.intake import Intake, receipt_of
from kota.connect.mqtt_session import RECEIVE_MAXIMUM
from kota.connect.plant_clocks import PlantClocks
from kota.connect.profile import Profile, parse_profile
from kota.connect.router import Router
from kota.connect.toml_source import TomlSource
from kota.context.ingest import Patch
from kota.errors import BadRequestDataError, ConnectError, StoreError
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import kota_context
from kota.store.state import Letter
from kota.store.state.sqlite import SqliteState

Make = Callable[..., Profile]

OPEN = (
    'admit = "any"\ntopic = "/{apikey}/{device}/attrs"\n[entity]\ntype = "Pump"\n'
    '[[attribute]]\nname = "power"\nunit = "KWT"\n'
)


class Gate:
    """Remembers what was acknowledged."""

    def __init__(self) -> None:
        self.tickets: list[int] = []

    def acknowledge(self, tickets: list[int]) -> None:
        self.tickets += tickets


class EmptyRegistry:
    """Knows no device."""

    def on_change(self, watcher: Callable[[], None]) -> None:
        """Nothing changes."""

    def find(self, device_id: str) -> None:
        """There is none."""

    async def save(self) -> None:
        """Nothing is to be saved."""


class SlowIngest:
    """Commits when told, and refuses what it is told to refuse."""

    def __init__(self) -> None:
        self.go = asyncio.Semaphore(0)
        self.groups: list[int] = []
        self.patches: list[Patch] = []
        self.letters: list[Letter] = []
        self.faults: list[Exception] = []
        self.refuse = "none of them"

    async def observe(
        self,
        patches: Sequence[Patch],
        *,
        receipts: Sequence[bytes] = (),
        letters: Sequence[Letter] = (),
    ) -> int:
        await self.go.acquire()
        if self.faults:
            raise self.faults.pop()
        if any(self.refuse in patch.entity_id for patch in patches):
            raise BadRequestDataError("refused")
        self.groups.append(len(patches))
        self.patches += patches
        self.letters += letters
        return len(patches)


@pytest.fixture
async def slow(profile: Make, store: SqliteState) -> Any:
    ingest: Any = SlowIngest()
    wall = WallClock()
    router = Router([profile(OPEN)], Devices(store, wall))
    made = Intake(
        router, ingest, received=store.received, clocks=PlantClocks(wall), most_messages=5
    )
    task = asyncio.create_task(made.run())
    yield made, ingest
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_message_is_acknowledged_after_its_commit(
    field: Callable[..., Field], profile: Make
) -> None:
    made, gate = field(profile(OPEN)), Gate()
    made.intake.take("/k/p1/attrs", b'{"power": 3}', gate=gate, ticket=7, receipt=b"r")
    assert gate.tickets == []
    await made.intake.drain()
    assert gate.tickets == [7]
    assert await made.value("urn:ngsi-ld:Pump:p1", "power") == 3
    assert made.store.received(b"r")


async def test_messages_group_while_a_commit_runs(slow: tuple[Intake, SlowIngest]) -> None:
    intake, ingest = slow
    for i in range(4):
        intake.take(f"/k/p{i}/attrs", b'{"power": 3}')
        await asyncio.sleep(0.01)
    ingest.go.release()
    ingest.go.release()
    await intake.drain()
    assert ingest.groups == [1, 3]


async def test_what_is_to_follow_messages_waits_for_their_commit(
    slow: tuple[Intake, SlowIngest],
) -> None:
    intake, ingest = slow
    done: list[str] = []
    intake.behind(lambda: done.append("nothing waits"))
    assert done == ["nothing waits"]
    intake.take("/k/p/attrs", b'{"power": 3}')
    intake.behind(lambda: done.append("first"))
    await asyncio.sleep(0.02)
    intake.behind(lambda: done.append("while the first is written"))
    intake.take("/k/p/attrs", b'{"power": 4}')
    intake.behind(lambda: done.append("second"))
    assert len(done) == 1
    ingest.go.release()
    await asyncio.sleep(0.05)
    assert done[1:] == ["first", "while the first is written"]
    ingest.go.release()
    await intake.drain()
    assert done[-1] == "second"


async def test_groups_are_bounded(
    slow: tuple[Intake, SlowIngest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROUP", 2)
    intake, ingest = slow
    for _ in range(5):
        intake.take("/k/p/attrs", b'{"power": 3}')
    for _ in range(5):
        ingest.go.release()
    await intake.drain()
    assert ingest.groups == [2, 2, 1]


async def test_too_much_uncommitted_is_said_and_taken_back(slow: tuple[Intake, SlowIngest]) -> None:
    intake, ingest = slow
    resumed: list[bool] = []
    intake.on_room(lambda: resumed.append(intake.full))
    for _ in range(5):
        assert not intake.full
        intake.take("/k/p/attrs", b'{"power": 3}')
    assert intake.full
    ingest.go.release()
    await intake.drain()
    assert resumed == [False]


async def test_a_store_that_fails_is_tried_again(
    slow: tuple[Intake, SlowIngest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RETRY_S", 0.02)
    intake, ingest = slow
    gate = Gate()
    ingest.faults = [StoreError("disk full")]
    intake.take("/k/p/attrs", b'{"power": 3}', gate=gate, ticket=1)
    ingest.go.release()
    await asyncio.sleep(0.01)
    assert (intake.trouble, gate.tickets) == ("disk full", [])
    ingest.go.release()
    await intake.drain()
    assert (intake.trouble, gate.tickets) == ("", [1])


async def test_a_refused_message_stops_no_other(slow: tuple[Intake, SlowIngest]) -> None:
    intake, ingest = slow
    gate = Gate()
    ingest.refuse = "poison"
    for i, name in enumerate(["a", "poison", "b"]):
        intake.take(f"/k/{name}/attrs", b'{"power": 3}', gate=gate, ticket=i)
    for _ in range(9):
        ingest.go.release()
    await intake.drain()
    assert ingest.groups == [1, 0, 1]
    assert [letter.reason for letter in ingest.letters] == ["refused"]
    assert gate.tickets == [0, 1, 2]


async def test_a_redelivered_message_is_dropped_and_acknowledged(
    field: Callable[..., Field], profile: Make
) -> None:
    made, gate = field(profile(OPEN)), Gate()
    receipt = receipt_of("/k/p/attrs", b'{"power": 3}', 9)
    again = partial(
        made.intake.take,
        "/k/p/attrs",
        b'{"power": 3}',
        gate=gate,
        receipt=receipt,
        redelivered=True,
    )
    again(ticket=1)
    again(ticket=2)
    await made.intake.drain()
    again(ticket=3)
    await made.intake.drain()
    assert gate.tickets == [1, 2, 3]
    assert made.intake.counts.duplicates == 2


async def test_a_packet_id_that_comes_round_again_is_no_redelivery(store: SqliteState) -> None:
    ids = range(1, 65_536)
    first = receipt_of("/k/p/attrs", b'{"power": 3}', ids[0])
    others = [receipt_of("/k/q/attrs", b"{}", one) for one in ids[1:]]
    await store.apply([], receipts=[first])
    await store.apply([], receipts=others[: RECEIVE_MAXIMUM - 1])
    assert store.received(first)
    await store.apply([], receipts=others[RECEIVE_MAXIMUM - 1 :])
    assert not store.received(first)


def test_a_receipt_tells_messages_apart() -> None:
    keys = {receipt_of("a", b"b", 1), receipt_of("a", b"c", 1), receipt_of("b", b"b", 1)}
    assert len(keys | {receipt_of("a", b"b", 2), receipt_of("a", b"b", 1)}) == 4


async def test_what_cannot_be_understood_is_put_aside_with_its_reason(
    field: Callable[..., Field], profile: Make
) -> None:
    made, gate = field(profile(OPEN)), Gate()
    made.intake.take("/k/p/attrs", b"{", gate=gate, ticket=1)
    made.intake.take("elsewhere", b"{}", gate=gate, ticket=2)
    made.intake.take("/k/q/attrs", b'{"power": "much"}', gate=gate, ticket=3)
    await made.intake.drain()
    letters = await made.store.list_letters("ingest")
    assert {(one.subject, one.body) for one in letters} == {
        ("/k/p/attrs", b"{"),
        ("elsewhere", b"{}"),
        ("/k/q/attrs", b'{"power": "much"}'),
    }
    assert {one.reason.split(":")[0] for one in letters} == {
        "not JSON",
        "no profile has this topic",
        "power",
    }
    assert gate.tickets == [1, 2, 3]
    assert made.intake.counts.rejected == 3


async def test_a_device_is_held_and_then_taken(field: Callable[..., Field], profile: Make) -> None:
    made, gate = field(profile(OPEN.replace("any", "approved"))), Gate()
    made.intake.take("/k/p/attrs", b'{"power": 3}', gate=gate, ticket=1)
    await made.intake.drain()
    assert gate.tickets == [1]
    (device,) = made.devices.listed("pending")
    assert (device.id, device.payload, made.intake.counts.held) == ("p", b'{"power": 3}', 1)
    device = await made.devices.approve("p")
    assert device.topic is not None
    assert device.payload is not None
    await made.intake.resubmit(device.topic, device.payload)
    assert await made.value("urn:ngsi-ld:Pump:p", "power") == 3
    await made.devices.reject("p")
    made.intake.take("/k/p/attrs", b'{"power": 4}')
    await made.intake.drain()
    assert (await made.value("urn:ngsi-ld:Pump:p", "power"), made.intake.counts.dropped) == (3, 1)


async def test_what_still_cannot_be_understood_is_not_taken_in_again(
    field: Callable[..., Field], profile: Make
) -> None:
    with pytest.raises(ConnectError, match="/k/p/attrs: not JSON"):
        await field(profile(OPEN)).intake.resubmit("/k/p/attrs", b"{")


@given(st.lists(st.tuples(st.text(max_size=6), st.binary(max_size=30)), max_size=20))
async def test_no_message_stops_the_intake(messages: list[tuple[str, bytes]]) -> None:
    wall, ingest = WallClock(), SlowIngest()
    for _ in range(100):
        ingest.go.release()
    made = parse_profile(TomlSource(Path("t.toml"), 'rest = "keep"\n' + OPEN), kota_context())
    registry: Any = EmptyRegistry()
    intake = Intake(
        Router([made], registry),
        ingest,  # type: ignore[arg-type]
        received=lambda _: False,
        clocks=PlantClocks(wall),
    )
    gate = Gate()
    task = asyncio.create_task(intake.run())
    for i, (topic, payload) in enumerate(messages):
        intake.take(f"/k/{topic}/attrs", payload, gate=gate, ticket=i)
    await intake.drain()
    assert gate.tickets == list(range(len(messages)))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_observation_that_no_store_can_keep_stops_no_other(
    field: Callable[..., Field], profile: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, gate = field(profile(OPEN)), Gate()
    made.intake.take("/k/p1/attrs", b'{"power": 3}', gate=gate, ticket=1)
    await made.intake.drain()
    decoder = made.intake.router.route("/k/p1/attrs").decoder
    (patch,) = decoder.decode(b'{"power": 3}', 0).patches
    (name,) = patch.attrs
    huge = {name: (Attribute(Kind.PROPERTY, [2**64]),)}

    def unkeepable(payload: bytes, now: int) -> Decoded:
        return Decoded([Patch(patch.entity_id, patch.types, huge)], [])

    monkeypatch.setattr(decoder, "decode", unkeepable)
    made.intake.take("/k/p1/attrs", b"[]", gate=gate, ticket=2)
    made.intake.take("/k/p2/attrs", b'{"power": 5}', gate=gate, ticket=3)
    async with asyncio.timeout(5):
        await made.intake.drain()
    assert gate.tickets == [1, 2, 3]
    (letter,) = await made.store.list_letters("ingest")
    assert (letter.subject, letter.body) == ("/k/p1/attrs", b"[]")
    assert "cannot be kept" in letter.reason
    assert await made.value("urn:ngsi-ld:Pump:p2", "power") == 5


async def test_a_flood_of_poison_does_not_fill_the_store(
    field: Callable[..., Field], profile: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LETTERS", 5)
    made = field(profile(OPEN))
    for _ in range(20):
        made.intake.take("/k/p/attrs", b"{")
    await made.intake.drain()
    assert len(await made.store.list_letters("ingest")) == 5
    assert (made.intake.counts.rejected, made.intake.counts.unkept) == (20, 15)


async def test_a_decoder_that_fails_makes_a_dead_letter_and_stops_nothing(
    field: Callable[..., Field], profile: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = field(profile(OPEN))
    made.intake.take("/k/p1/attrs", b'{"power": 3}')
    await made.intake.drain()
    route = made.intake.router.route("/k/p1/attrs")

    def failing(payload: bytes, now: int) -> None:
        raise KeyError("a fault of the decoder's own")

    monkeypatch.setattr(route.decoder, "decode", failing)
    made.intake.take("/k/p1/attrs", b'{"power": 4}')
    made.intake.take("/k/p2/attrs", b'{"power": 5}')
    await made.intake.drain()

    (letter,) = await made.store.list_letters("ingest")
    assert (letter.subject, letter.body) == ("/k/p1/attrs", b'{"power": 4}')
    assert "a fault of the decoder's own" in letter.reason
    assert await made.value("urn:ngsi-ld:Pump:p2", "power") == 5


async def test_a_value_without_a_time_gets_that_of_its_arrival_however_long_it_waits(
    slow: tuple[Intake, SlowIngest],
) -> None:
    intake, ingest = slow
    intake.take("/k/p0/attrs", b'{"power": 3}')
    await asyncio.sleep(0.02)
    before = intake.clocks.wall.now()
    intake.take("/k/p1/attrs", b'{"power": 3}')
    arrived = intake.clocks.wall.now()
    await asyncio.sleep(0.05)
    ingest.go.release()
    ingest.go.release()
    await intake.drain()
    _, patch = ingest.patches
    ((instance,),) = patch.attrs.values()
    assert before <= instance.observed_at <= arrived
