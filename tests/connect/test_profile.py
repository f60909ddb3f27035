from collections.abc import Callable
from pathlib import Path

import pytest

from kota.connect.profile import Profile, bundled_profiles, load_profiles
from kota.errors import ConfigurationError
from kota.model.jsonld import kota_context

Make = Callable[[str], Profile]

HEAD = 'topic = "/{apikey}/{device}/attrs"\n[entity]\ntype = "Junction"\n'


def test_the_least_profile_has_the_usual_id(profile: Make) -> None:
    made = profile(HEAD)
    assert made.id == "test"
    assert made.entity_id == "urn:ngsi-ld:Junction:{device}"
    assert made.patterns[0].subscription == "/+/+/attrs"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('topic = "a/b"\n[entity]\ntype = "T"', "line 1: topic: 'a/b' does not say where the dev"),
        ('topic = "a/{"\n[entity]\ntype = "T"', "line 1: topic: 'a/{' has braces"),
        (HEAD + 'id = "urn:x:{zone}"', "line 4: id: {zone} is not in the topic"),
        (HEAD + 'id = "pump"', "line 4: id: 'pump' makes no URI"),
        (HEAD + 'id = "urn:{device"', "line 4: id: 'urn:{device' has a brace without"),
        (HEAD + '[time]\nzone = "Asia/Atlantis"', "line 5: zone: 'Asia/Atlantis' is no IANA zone"),
        (HEAD + '[time]\nfrom = "a..b"', "line 5: from: 'a..b' is not a path"),
        (HEAD + '[time]\nformat = "uinx"', "did you mean 'unix'?"),
        (HEAD + '[[attribute]]\nnaem = "p"', "line 5: naem: unknown key; did you mean 'name'?"),
        (HEAD + '[[attribute]]\nname = "type"', "line 5: name: 'type' cannot be"),
        (HEAD + '[[attribute]]\nname = "createdAt"', "line 5: name: 'createdAt' cannot be"),
        (HEAD + '[[attribute]]\nname = "location"', "kind: 'location' is a GeoProperty"),
        (
            HEAD + '[[attribute]]\nname = "p"\nvalid = [3, 1]',
            "line 6: valid: [3.0, 1.0] is no range",
        ),
        (
            HEAD + '[[attribute]]\nname = "p"\nvalid = [3]',
            "line 6: valid: Expected array of length 2",
        ),
        (
            HEAD + '[[attribute]]\nname = "p"\n[[attribute]]\nname = "p"',
            "line 7: name: 'p' stands at line 5 too",
        ),
        (HEAD + '[[attribute]]\nname = "p"\nlon = "x"', "line 4: attribute: lon and lat stand tog"),
        (
            HEAD + '[[attribute]]\nname = "p"\ntype = "text"\nunit = "MTR"',
            "line 4: attribute: unit, scale, offset and ranges are for numbers",
        ),
        (
            HEAD + '[[attribute]]\nname = "p"\nwhen = {zone = "n"}',
            "line 6: when: 'zone' is not named",
        ),
        (HEAD + "[[codec]]", "line 4: codec: payloads of format 'json' have no codec"),
        ('format = "binary"\n' + HEAD, "line 1: format: binary payloads need a [[codec]]"),
        ('format = "tts-v3"\n' + HEAD + "[[codec]]\nport = 1", "line 5: codec: no [[codec.field]]"),
        (
            'format = "binary"\n' + HEAD + '[[codec]]\n[[codec.field]]\nname="x"\nat=0\ntype="u8"\n'
            "bits=[7,2]",
            "line 10: bits: [7, 2] are no bits of 'u8'",
        ),
        ("interval = -1\n" + HEAD, "line 1: interval: Expected float > 0"),
        (HEAD + "[time]\nahead = inf", "line 5: ahead: inf is not a finite number"),
    ],
)
def test_a_fault_stops_with_file_and_line(profile: Make, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        profile(text)
    assert "test.toml" in str(caught.value)
    assert message in str(caught.value)


def test_the_bundled_profiles_are_right() -> None:
    names = [made.id for made in bundled_profiles(kota_context())]
    assert names == ["chirpstack-v4", "iot-agent-json", "the-things-stack-v3"]


def test_a_folder_is_loaded_before_the_bundled_ones(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(HEAD)
    (tmp_path / "iot-agent-json.toml").write_text(HEAD)
    loaded = load_profiles([tmp_path], kota_context())
    assert [made.id for made in loaded][:2] == ["b", "iot-agent-json"]
    assert loaded[1].file == tmp_path / "iot-agent-json.toml"
    assert len(loaded) == 4


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('id = "x"\n' + HEAD)
    (tmp_path / "b.toml").write_text('id = "x"\n' + HEAD)
    with pytest.raises(ConfigurationError, match=r"b\.toml: the id 'x' is that of .*a\.toml too"):
        load_profiles([tmp_path], kota_context())
