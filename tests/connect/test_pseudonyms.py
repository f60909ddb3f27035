"""Identifiers die at the border: what is left of a message that holds one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connect.conftest import Field

from kota.connect.decoder import Decoder
from kota.connect.intake import BOX, receipt_of
from kota.connect.profile import Profile, bundled_profiles
from kota.connect.pseudonyms import Pseudonyms, identity_reader
from kota.connect.table_map import parse_map
from kota.connect.toml_source import TomlSource
from kota.errors import ConfigurationError, ConnectError
from kota.model.instant import HOUR
from kota.model.jsonld import kota_context

Make = Callable[..., Profile]
MAC = "a4:83:e7:12:34:56"
MARKS = (MAC, MAC.upper(), "a483e7123456", "a483e7", "12:34:56")

PRIVATE = """
topic = "/sighting/{device}/attrs"
each = "sightings"
[entity]
type = "CrowdFlowObserved"
[time]
from = "at"
[pseudonym]
rotate = 12
[[attribute]]
name = "visitor"
from = "mac"
pseudonym = "mac"
[[attribute]]
name = "signalStrength"
from = "rssi"
unit = "DBM"
[[constant]]
name = "name"
value = "receiver"
"""
TAKEN = 'admit = "any"\n' + PRIVATE
TOPIC = "/sighting/w1/attrs"
VISITOR = kota_context().expand("visitor")


def message(*macs: object, at: str = "2025-11-28T10:00:05Z") -> bytes:
    return msgspec.json.encode({"sightings": [{"mac": m, "rssi": -61, "at": at} for m in macs]})


def decoder(profile: Profile) -> Decoder:
    return Decoder(profile, {"device": "w1"})


def names(decoded: object) -> list[str]:
    return [patch.attrs[VISITOR][0].value for patch in decoded.fleeting]  # type: ignore[attr-defined]


@given(st.binary(min_size=6, max_size=6), st.integers(0, 10**6))
def test_a_pseudonym_lasts_a_rotation_and_not_beyond(address: bytes, hour: int) -> None:
    made, mac = Pseudonyms(rotate=12), address.hex()
    made.turn(hour * 12 * HOUR)
    first = made.of(mac)
    made.turn(hour * 12 * HOUR + 12 * HOUR - 1)
    assert made.of(mac) == first
    made.turn((hour + 1) * 12 * HOUR)
    assert made.of(mac) != first
    made.turn(hour * 12 * HOUR)
    assert made.of(mac) != first, "a clock that goes back does not bring the old key back"


def test_two_keys_never_agree_after_a_restart() -> None:
    one, other = Pseudonyms(), Pseudonyms()
    one.turn(0)
    other.turn(0)
    assert one.of("card 7") != other.of("card 7")


@pytest.mark.parametrize("written", [MAC, MAC.upper(), MAC.replace(":", "-"), "a483.e712.3456"])
def test_an_address_has_one_identity_however_it_is_written(written: str) -> None:
    assert identity_reader("mac")(written) == ("a483e7123456", False)


@pytest.mark.parametrize("wrong", [None, 12, "", "a4:83", "zz:83:e7:12:34:56", ["x"], True])
def test_what_is_no_address_is_refused_without_its_value(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"^not a MAC address$"):
        identity_reader("mac")(wrong)


def test_each_sighting_is_a_measure_and_nothing_of_it_is_to_be_stored(profile: Make) -> None:
    decoded = decoder(profile(PRIVATE)).decode(message(MAC, MAC.upper(), "02:00:00:00:00:01"), 0)
    first, again, other = names(decoded)
    assert first == again != other
    assert decoded.faults == []
    (constants,) = decoded.patches
    assert [value[0].value for value in constants.attrs.values()] == ["receiver"]
    randomised = decoded.fleeting[2].attrs[VISITOR][0].quality
    assert randomised is not None
    assert randomised.reason == "randomised address"
    assert not any(mark in str(decoded) for mark in MARKS)


def test_a_list_without_sightings_is_no_fault(profile: Make) -> None:
    decoded = decoder(profile(PRIVATE)).decode(b'{"sightings": []}', 0)
    assert (decoded.patches, decoded.faults, decoded.fleeting) == ([], [], [])


@pytest.mark.parametrize(
    "payload",
    [
        f'{{"sightings": [{{"mac": "{MAC}"'.encode(),
        f'{{"{MAC}": -61}}'.encode(),
        f'{{"sightings": ["{MAC}"]}}'.encode(),
        f'{{"sightings": {{"{MAC}": 1}}}}'.encode(),
        message(f"{MAC}:00"),
        message({"mac": MAC}),
        message(MAC, at=MAC),
        msgspec.json.encode({"sightings": [{"mac": MAC, "rssi": MAC}]}),
        msgspec.json.encode({"sightings": [{MAC: "mac"}]}),
        MAC.encode(),
        b"\xff" + MAC.encode(),
    ],
)
def test_a_fault_does_not_repeat_what_stood_there(profile: Make, payload: bytes) -> None:
    decoded = decoder(profile(PRIVATE)).decode(payload, 0)
    assert decoded.faults
    assert not any(mark in str(decoded) for mark in MARKS)


@given(st.binary(max_size=200) | st.recursive(st.text(), st.lists).map(msgspec.json.encode))
def test_no_payload_reaches_a_fault(payload: bytes) -> None:
    from kota.connect.profile import parse_profile

    one = parse_profile(TomlSource(Path("p.toml"), PRIVATE), kota_context())
    said = {
        "payload: not what profile 'p' says",
        "visitor: not what profile 'p' says",
        "time: not what profile 'p' says",
        "no attribute of profile 'p' in it",
    }
    assert set(decoder(one).decode(payload, 0).faults) <= said


async def test_a_sighting_goes_to_whom_it_concerns_and_into_no_store(
    field: Callable[..., Field], profile: Make
) -> None:
    made = field(profile(TAKEN))
    crowd = made.intake.fleeting.listen([kota_context().expand("CrowdFlowObserved")])
    other = made.intake.fleeting.listen([kota_context().expand("Pump")])
    payload = message(MAC)
    made.intake.take(TOPIC, payload, receipt=receipt_of(TOPIC, payload, 7), redelivered=True)
    await made.intake.drain()
    (patch,) = crowd.take()
    assert patch.entity_id == "urn:ngsi-ld:CrowdFlowObserved:w1"
    assert (crowd.take(), other.take()) == ([], [])
    entity = await made.store.get(patch.entity_id)
    assert entity is not None
    assert list(entity.attrs) == [kota_context().expand("name")]
    assert not made.store.received(receipt_of(TOPIC, payload, 7))


async def test_a_listener_that_sleeps_loses_the_oldest_and_it_is_counted(profile: Make) -> None:
    from kota.connect.fleeting import Fleeting

    hub = Fleeting(most=2)
    inbox = hub.listen([kota_context().expand("CrowdFlowObserved")])
    for _ in range(2):
        hub.put(decoder(profile(PRIVATE)).decode(message(MAC, MAC), 0).fleeting)
    assert (len(inbox.take()), inbox.lost) == (2, 2)


async def test_a_dead_letter_holds_reason_and_size_alone(
    field: Callable[..., Field], profile: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = field(profile(TAKEN))
    payload = message(f"{MAC}!")
    made.intake.take(TOPIC, payload)
    await made.intake.drain()
    (letter,) = await made.store.list_letters(BOX, 10, None)
    assert letter.body == msgspec.json.encode({"withheldBytes": len(payload)})
    assert letter.reason == "visitor: not what profile 'test' says"
    with pytest.raises(ConnectError, match="was not kept"):
        await made.intake.resubmit(letter.subject, letter.body)
    assert not any(mark in caplog.text for mark in MARKS)


async def test_a_decoder_that_fails_does_not_repeat_the_message(
    field: Callable[..., Field],
    profile: Make,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_decoder: Decoder, payload: bytes, _now: int) -> None:
        raise RuntimeError(payload.decode())

    monkeypatch.setattr(Decoder, "decode", fail)
    made = field(profile(TAKEN))
    made.intake.take(TOPIC, message(MAC))
    await made.intake.drain()
    (letter,) = await made.store.list_letters(BOX, 10, None)
    assert not any(mark in caplog.text + str(letter) for mark in MARKS)


async def test_a_device_that_waits_is_listed_without_its_message(
    field: Callable[..., Field], profile: Make
) -> None:
    made = field(profile(PRIVATE), *bundled_profiles(kota_context()))
    made.intake.take(TOPIC, message(MAC))
    await made.intake.drain()
    (device,) = made.devices.listed()
    assert (device.profile, device.topic, device.payload) == ("test", TOPIC, None)


@pytest.mark.parametrize("chosen", ["iot-agent-json", "chirpstack-v4", "gone"])
async def test_another_profile_chosen_for_the_device_never_sees_the_topic(
    field: Callable[..., Field], profile: Make, chosen: str
) -> None:
    made = field(profile(PRIVATE), *bundled_profiles(kota_context()))
    made.intake.take(TOPIC, message(MAC))
    await made.devices.approve("w1", profile=chosen)
    made.intake.take(TOPIC, message(MAC))
    await made.intake.drain()
    (letter,) = await made.store.list_letters(BOX, 10, None)
    assert b"withheldBytes" in letter.body
    assert await made.store.get("urn:ngsi-ld:Device:w1") is None
    await made.devices.reject("w1")
    made.intake.take(TOPIC, message(MAC), receipt=b"r")
    await made.intake.drain()
    assert not made.store.received(b"r")


async def test_a_flood_of_private_faults_ends_like_any_other(
    field: Callable[..., Field], profile: Make
) -> None:
    made = field(profile(TAKEN))
    for _ in range(50):
        made.intake.take(TOPIC, b"x")
    await made.intake.drain()
    await asyncio.sleep(0)
    assert made.intake.counts.rejected == 50


def broken(old: str, new: str) -> str:
    assert old in PRIVATE
    return PRIVATE.replace(old, new)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (broken('topic = "/sighting/{device}/attrs"\n', ""), "needs a topic"),
        (broken("/sighting/{device}/", "/{key}/{device}/"), "leaves more open"),
        (broken("/sighting/{device}/attrs", "/sighting/{device}/#"), "leaves more open"),
        ('rest = "keep"\n' + PRIVATE, "ignores what it does not name"),
        (broken('unit = "DBM"', ""), "only numbers"),
        (broken('from = "rssi"', 'from = "mac"'), "is an identifier"),
        (broken("rotate = 12", "rotate = 48"), "<= 24"),
        (broken("rotate = 12", "rotate = 0"), "> 0"),
        (broken('pseudonym = "mac"', 'pseudonym = "mac"\nunit = "C62"'), "plain text"),
        (broken('from = "mac"', 'from = "$"'), "whole payload"),
        (broken('pseudonym = "mac"', 'type = "text"'), "no attribute is a pseudonym"),
        (broken('each = "sightings"', 'each = "a["'), "is not a path"),
        ('format = "text"\n' + PRIVATE, "has no list"),
    ],
)
def test_a_profile_that_leaves_a_way_around_is_refused_with_its_line(
    profile: Make, text: str, complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        profile(text)
    assert "test.toml" in str(caught.value)


def test_a_map_of_a_file_has_no_pseudonyms() -> None:
    text = """
layout = "long"
[entity]
type = "X"
id = "urn:x:{a}"
[time]
column = "t"
[[attribute]]
name = "visitor"
pseudonym = "mac"
"""
    with pytest.raises(ConfigurationError, match="device profiles"):
        parse_map(TomlSource(Path("map.toml"), text), kota_context())
