import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.connect.decoder import Decoder
from kota.connect.profile import Profile, bundled_profiles
from kota.model.entity import Attribute, Kind
from kota.model.instant import parse
from kota.model.jsonld import kota_context
from kota.model.quality import Level
from kota.model.terms import CLOCK, EXPECTED_INTERVAL, LOCATION, NULL

Make = Callable[[str], Profile]

NOW = parse("2026-11-23T08:00:00Z")
EXPAND = kota_context().expand
NESTED: Any = {"a": 1}
for _ in range(40):
    NESTED = [NESTED]
HEAD = 'topic = "/{apikey}/{device}/attrs"\n[entity]\ntype = "Junction"\n'


def attributes(made: Profile, payload: object, **captures: str) -> dict[str, Attribute]:
    decoder = Decoder(made, {"apikey": "k", "device": "d1", **captures})
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    decoded = decoder.decode(raw, NOW)
    assert decoded.faults == []
    (patch,) = decoded.patches
    return {kota_context().compact(name): one for name, (one,) in patch.attrs.items()}


def faults(made: Profile, payload: object) -> list[str]:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Decoder(made, {"apikey": "k", "device": "d1"}).decode(raw, NOW).faults


def test_a_value_is_scaled_named_and_timed(profile: Make) -> None:
    made = profile(
        HEAD + '[[attribute]]\nname="pressure"\nfrom="p"\nunit="MTR"\nscale=0.1\noffset=1'
    )
    decoder = Decoder(made, {"apikey": "k", "device": "d1"})
    decoded = decoder.decode(b'{"p": 12, "TimeInstant": "2026-11-23T07:59:00+00:00"}', NOW)
    (patch,) = decoded.patches
    assert patch.entity_id == "urn:ngsi-ld:Junction:d1"
    assert patch.types == (EXPAND("Junction"),)
    at = parse("2026-11-23T07:59:00Z")
    assert patch.attrs == {EXPAND("pressure"): (Attribute(Kind.PROPERTY, 2.2, at, "MTR"),)}


def test_without_a_time_the_arrival_counts(profile: Make) -> None:
    made = profile(HEAD + '[[attribute]]\nname="p"')
    assert attributes(made, {"p": 1})["p"].observed_at == NOW
    assert attributes(made, {"p": 1, "TimeInstant": " "})["p"].observed_at == NOW


@pytest.mark.parametrize(
    ("value", "level", "reason"),
    [
        (50, None, None),
        (5, Level.UNCERTAIN, "outside the usual range 10 to 100 MTR"),
        (-1, Level.BAD, "outside the valid range 0 to 120 MTR"),
        ("121", Level.BAD, "outside the valid range 0 to 120 MTR"),
    ],
)
def test_ranges_give_quality_with_a_reason(
    profile: Make, value: Any, level: Level | None, reason: str | None
) -> None:
    table = '[[attribute]]\nname="p"\nunit="MTR"\nvalid=[0,120]\nusual=[10,100]'
    quality = attributes(profile(HEAD + table), {"p": value})["p"].quality
    assert (quality and quality.level, quality and quality.reason) == (level, reason)


@pytest.mark.parametrize(
    ("table", "raw", "value"),
    [
        ('name="s"\nvalues={"0"="off","true"="on"}', 0, "off"),
        ('name="s"\nvalues={"0"="off","true"="on"}', True, "on"),
        ('name="s"\ntype="boolean"', "ON", True),
        ('name="s"\ntype="integer"', 3.0, 3),
        ('name="s"\ntype="number"', "1e3", 1000.0),
        ('name="s"\ntype="text"', "x", "x"),
        ('name="s"', [1, 2], [1, 2]),
        ('name="s"', 2**80, float(2**80)),
        ('name="s"\nkind="Relationship"\nprefix="urn:x:"', 7, "urn:x:7"),
        ('name="s"\nkind="JsonProperty"', {"a": None}, {"a": None}),
        ('name="s"\nkind="GeoProperty"', {"type": "Point", "coordinates": [1, 2, 3]},
         {"type": "Point", "coordinates": [1, 2, 3]}),
    ],
)  # fmt: skip
def test_a_value_is_taken_as_the_table_says(
    profile: Make, table: str, raw: Any, value: Any
) -> None:
    taken = attributes(profile(f"{HEAD}[[attribute]]\n{table}"), {"s": raw})["s"]
    assert taken.value == value
    assert type(taken.value) is type(value)


@pytest.mark.parametrize(
    ("table", "raw", "reason"),
    [
        ('name="s"\nunit="MTR"', "abc", "s: 'abc' is not a number"),
        ('name="s"\nunit="MTR"', True, "s: True is not a number"),
        ('name="s"\nunit="MTR"', "nan", "s: 'nan' is not a finite number"),
        ('name="s"\nscale=1e300', 1e300, "s: 1e+300 is out of range"),
        ('name="s"\ntype="integer"', 1.5, "s: 1.5 is not a whole number"),
        ('name="s"\ntype="boolean"', 2, "s: 2 is neither true nor false"),
        ('name="s"\ntype="text"', 2, "s: 2 is not a text"),
        ('name="s"\ntype="text"', NULL, "s: 'urn:ngsi-ld:null' is no value"),
        (
            'name="s"\ntype="any"',
            [NULL],
            "s: urn:ngsi-ld:null deletes, and here is nothing to delete",
        ),
        ('name="s"\ntype="any"', [2**64], "s: an integer has at most 64 bits"),
        ('name="s"\nkind="JsonProperty"', {"a": -(2**64)}, "s: an integer has at most 64 bits"),
        ('name="s"\nkind="JsonProperty"', NESTED, "s: nested deeper than 32 levels"),
        ('name="s"\nvalues={a=1}', "b", "s: 'b' is not one of a"),
        ('name="s"\nkind="Relationship"', "a b:c", "s: 'a b:c' is not the id of an entity"),
        ('name="s"\nkind="GeoProperty"', 3, "s: geometry: 3 is not a GeoJSON geometry"),
        (
            'name="s"\nkind="GeoProperty"\nlon="s"\nlat="s"',
            999,
            "s: longitude 999, latitude 999 is not on Earth",
        ),
    ],
)
def test_a_wrong_value_is_a_fault_with_its_name(
    profile: Make, table: str, raw: Any, reason: str
) -> None:
    assert faults(profile(f"{HEAD}[[attribute]]\n{table}"), {"s": raw}) == [reason]


def test_a_wrong_value_leaves_the_others(profile: Make) -> None:
    made = profile(HEAD + '[[attribute]]\nname="a"\nunit="MTR"\n[[attribute]]\nname="b"')
    decoded = Decoder(made, {"apikey": "k", "device": "d"}).decode(b'{"a":"x","b":1}', NOW)
    assert list(decoded.patches[0].attrs) == [EXPAND("b")]
    assert decoded.faults == ["a: 'x' is not a number"]


def test_paths_reach_into_the_payload(profile: Make) -> None:
    made = profile(
        HEAD + '[time]\nfrom="meta.at"\nformat="unix-ms"\n'
        '[[attribute]]\nname="a"\nfrom="x.y[1]"\n'
        '[[attribute]]\nname="location"\nkind="GeoProperty"\nlon="gps.lon"\nlat="gps.lat"'
    )
    payload = {"x": {"y": [1, 2]}, "meta": {"at": 1500}, "gps": {"lon": 106.8, "lat": -6.2}}
    read = attributes(made, payload)
    assert (read["a"].value, read["a"].observed_at) == (2, 1_500_000)
    assert read["location"].value == {"type": "Point", "coordinates": [106.8, -6.2]}


def test_a_bare_value_goes_by_its_topic(profile: Make) -> None:
    made = profile(
        'topic="s/{device}/{what}"\nformat="text"\n[entity]\ntype="T"\n'
        '[[attribute]]\nname="a"\nfrom="$"\nwhen={what="temp"}\nunit="CEL"\n'
        '[[attribute]]\nname="b"\nfrom="$"\nwhen={what="door"}'
    )
    assert attributes(made, b" 23.5 ", what="temp") == {
        "a": Attribute(Kind.PROPERTY, 23.5, NOW, "CEL")
    }
    assert list(attributes(made, b"open", what="door")) == ["b"]


def test_a_list_holds_several_measures(profile: Make) -> None:
    made = profile(HEAD + '[[attribute]]\nname="p"')
    payload = [{"p": i, "TimeInstant": f"2026-11-23T07:0{i}:00Z"} for i in range(3)]
    patches = Decoder(made, {"apikey": "k", "device": "d"}).decode(
        json.dumps(payload).encode(), NOW
    ).patches  # fmt: skip
    assert [patch.attrs[EXPAND("p")][0].value for patch in patches] == [0, 1, 2]


def test_datasets_stand_beside_each_other(profile: Make) -> None:
    made = profile(
        HEAD + '[[attribute]]\nname="p"\nfrom="p1"\ndataset="urn:d:1"\n'
        '[[attribute]]\nname="p"\nfrom="p2"\ndataset="urn:d:2"'
    )
    (patch,) = Decoder(made, {"apikey": "k", "device": "d"}).decode(b'{"p1":1,"p2":2}', NOW).patches
    assert [one.dataset_id for one in patch.attrs[EXPAND("p")]] == ["urn:d:1", "urn:d:2"]


def test_a_clock_that_is_ahead_is_not_believed(profile: Make) -> None:
    made = profile(HEAD + '[[attribute]]\nname="p"')
    read = attributes(made, {"p": 1, "TimeInstant": "2027-01-01T00:00:00Z"})["p"]
    assert read.observed_at == NOW
    assert read.quality is not None
    assert read.quality.level is Level.UNCERTAIN


def test_a_plant_may_live_in_the_future(profile: Make) -> None:
    made = profile('clock = "water"\n' + HEAD + '[[attribute]]\nname="p"')
    read = attributes(made, {"p": 1, "TimeInstant": "2030-01-01T00:00:00Z"})["p"]
    assert read.observed_at == parse("2030-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"null", "no attribute of profile 'test' in it: it has no members"),
        ({"q": 1}, "it has 'q'; named are ['p']"),
        ({"p": None}, "no attribute"),
        ({"p": 1, "TimeInstant": "yesterday"}, "time: 'yesterday' is not a date and time"),
        ({"p": 1, "TimeInstant": 5}, "time: 5 is not a date and time"),
        ({"p": 1, "TimeInstant": "0001-01-01T00:00:00+14:00"}, "is out of range"),
        ({"p": 1, "TimeInstant": "9999-12-31T23:59:59-14:00"}, "is out of range"),
        (b"[" + b"1," * 600_000 + b"1]", "more than the 1048576 that are read"),
    ],
)
def test_what_cannot_be_read_is_a_fault(profile: Make, payload: object, reason: str) -> None:
    (fault,) = faults(profile(HEAD + '[[attribute]]\nname="p"'), payload)
    assert reason in fault


def test_constants_come_once_with_the_first_message(profile: Make) -> None:
    made = profile(
        'interval=60\nclock="water"\n' + HEAD + '[[constant]]\nname="name"\nvalue="Pump"\n'
        '[[attribute]]\nname="p"'
    )
    decoder = Decoder(made, {"apikey": "k", "device": "d"})
    first = decoder.decode(b'{"p":1}', NOW).patches[0].attrs
    assert first[EXPAND("name")][0].value == "Pump"
    assert first[EXPECTED_INTERVAL][0].value == 60
    assert first[CLOCK][0].value == "water"
    assert list(decoder.decode(b'{"p":1}', NOW).patches[0].attrs) == [EXPAND("p")]


def test_the_rest_is_kept_where_asked(profile: Make) -> None:
    made = profile('rest="keep"\n' + HEAD + '[[attribute]]\nname="p"\nfrom="x"')
    decoded = Decoder(made, {"apikey": "k", "device": "d"}).decode(
        b'{"x":1,"t":2,"o":{"a":1},"a b":3,"n":null,'
        b'"location":{"type":"Point","coordinates":[1,2]}}',
        NOW,
    )
    attrs = decoded.patches[0].attrs
    assert list(attrs) == [EXPAND("p"), EXPAND("t"), EXPAND("o"), LOCATION]
    assert attrs[EXPAND("o")][0].kind is Kind.JSON_PROPERTY
    assert decoded.faults == ["'a b' cannot be an attribute's name"]


@pytest.mark.parametrize("raw", [[2**64], {"a": {"b": 2**64}}, NESTED, NULL])
def test_of_the_rest_nothing_is_kept_that_no_store_can_keep(profile: Make, raw: Any) -> None:
    made = profile('rest="keep"\n' + HEAD)
    decoded = Decoder(made, {"apikey": "k", "device": "d"}).decode(
        json.dumps({"t": 2, "x": raw}).encode(), NOW
    )
    assert list(decoded.patches[0].attrs) == [EXPAND("t")]
    assert decoded.faults[0].startswith("x: ")


@pytest.mark.parametrize(
    "rest", [{"createdAt": 5}, {"expiresAt": "x"}, {"@id": "a:b"}, {"location": 5}]
)
def test_of_the_rest_nothing_is_kept_that_the_standard_reserves(
    profile: Make, rest: dict[str, Any]
) -> None:
    made = profile('rest="keep"\n' + HEAD)
    decoded = Decoder(made, {"apikey": "k", "device": "d"}).decode(
        json.dumps({"t": 2, **rest}).encode(), NOW
    )
    assert list(decoded.patches[0].attrs) == [EXPAND("t")]


def test_too_many_own_names_are_refused(profile: Make) -> None:
    made = profile('rest="keep"\n' + HEAD)
    (fault,) = faults(made, {f"k{i}": i for i in range(201)})
    assert "201 members" in fault


def bundled(name: str) -> Profile:
    return next(made for made in bundled_profiles(kota_context()) if made.id == name)


CHIRPSTACK = {
    "time": "2026-11-23T07:34:15.775023242+00:00",
    "deviceInfo": {"applicationId": "a", "devEui": "0101010101010101", "deviceName": "x"},
    "fCnt": 4, "fPort": 2, "data": "A2cBEAVnAP8=",
    "rxInfo": [{"gatewayId": "g", "rssi": -57, "snr": 9.5}],
}  # fmt: skip
THINGS_STACK = {
    "end_device_ids": {"device_id": "dev1"},
    "received_at": "2026-11-23T07:15:19.153560Z",
    "uplink_message": {
        "f_port": 2, "frm_payload": "A2cBEAVnAP8=", "received_at": "2026-11-23T07:15:18.9Z",
        "rx_metadata": [{"rssi": -35, "snr": 5.2}],
    },
}  # fmt: skip


def test_a_decoded_chirpstack_uplink_is_read() -> None:
    read = attributes(bundled("chirpstack-v4"), {**CHIRPSTACK, "object": {"temperature": 21.5}})
    assert {name: one.value for name, one in read.items()} == {
        "rssi": -57, "snr": 9.5, "temperature": 21.5,
    }  # fmt: skip
    assert read["temperature"].observed_at == parse("2026-11-23T07:34:15.775023Z")


def test_a_decoded_things_stack_uplink_is_read() -> None:
    uplink = {**THINGS_STACK["uplink_message"], "decoded_payload": {"temperature": 21.5}}  # type: ignore[dict-item]
    read = attributes(bundled("the-things-stack-v3"), {**THINGS_STACK, "uplink_message": uplink})
    assert read["temperature"].value == 21.5
    assert read["rssi"].value == -35
    assert read["temperature"].observed_at == parse("2026-11-23T07:15:18.9Z")


@pytest.mark.parametrize(
    ("form", "uplink"), [("chirpstack-v4", CHIRPSTACK), ("tts-v3", THINGS_STACK)]
)
def test_an_uplink_is_decoded_by_cayenne_and_by_fields(
    profile: Make, form: str, uplink: dict[str, Any]
) -> None:
    head = f'format="{form}"\n[entity]\ntype="T"\n'
    lpp = profile(
        head + '[[attribute]]\nname="t"\nfrom="temperature_3"\nunit="CEL"\n'
        '[[codec]]\nkind="cayenne-lpp"'
    )
    assert attributes(lpp, uplink)["t"].value == 27.2
    fields = profile(
        head + '[[attribute]]\nname="t"\nunit="CEL"\n[[codec]]\nport=2\n'
        '[[codec.field]]\nname="t"\nat=2\ntype="i16be"\nscale=0.1'
    )
    assert attributes(fields, uplink)["t"].value == 27.2


def test_an_uplink_without_a_codec_for_its_port_is_a_fault(profile: Make) -> None:
    made = profile(
        'format="chirpstack-v4"\n[entity]\ntype="T"\n[[codec]]\nkind="cayenne-lpp"\nport=9'
    )
    assert faults(made, CHIRPSTACK) == ["no [[codec]] of the profile is for port 2"]
    assert "not base64" in faults(made, {**CHIRPSTACK, "data": "???"})[0]


def test_a_senml_time_before_every_calendar_is_a_fault(profile: Make) -> None:
    made = profile(
        'format="senml"\ntopic="s/{device}"\n[entity]\ntype="T"\n[[attribute]]\nname="t"'
    )
    (fault,) = faults(made, [{"n": "t", "v": 1, "t": -1e300}])
    assert "before the year 1" in fault


def test_senml_is_read(profile: Make) -> None:
    made = profile(
        'format="senml"\ntopic="s/{device}"\n[entity]\ntype="T"\n[[attribute]]\nname="t"'
    )
    read = attributes(made, [{"n": "t", "v": 1, "t": -5}])
    assert read["t"].observed_at == NOW - 5_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["p", "s", "g", "r", "TimeInstant", "x"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)
EVERYTHING = (
    'rest="keep"\n' + HEAD + '[[attribute]]\nname="p"\nunit="MTR"\nvalid=[0,1]\nscale=0.1\n'
    '[[attribute]]\nname="s"\nvalues={"1"="a"}\n[[attribute]]\nname="g"\nkind="GeoProperty"\n'
    '[[attribute]]\nname="i"\nfrom="p"\ntype="integer"\n[[attribute]]\nname="b"\nfrom="p"\ntype="boolean"\n'
    '[[attribute]]\nname="r"\nkind="Relationship"\n[[attribute]]\nname="deep"\nfrom="x.p[0].s"\n'
)


@given(payload=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_payload_breaks_a_decoder(payload: bytes) -> None:
    decoded = FUZZED.decode(payload, NOW)
    assert decoded.patches or decoded.faults


@given(
    payload=st.dictionaries(
        st.sampled_from(["time", "data", "object", "fPort", "uplink_message", "frm_payload"]), JSON
    )
)
def test_no_uplink_breaks_a_decoder(payload: dict[str, Any]) -> None:
    raw = json.dumps(payload).encode()
    for decoder in UPLINKS:
        decoded = decoder.decode(raw, NOW)
        assert decoded.patches or decoded.faults


def _fuzzed() -> tuple[Decoder, list[Decoder]]:
    from pathlib import Path

    from kota.connect.profile import parse_profile
    from kota.connect.toml_source import TomlSource

    made = parse_profile(TomlSource(Path("fuzz.toml"), EVERYTHING), kota_context())
    uplinks = [bundled("chirpstack-v4"), bundled("the-things-stack-v3")]
    names = {"apikey": "k", "device": "d"}
    return Decoder(made, names), [Decoder(one, names) for one in uplinks]


FUZZED, UPLINKS = _fuzzed()
