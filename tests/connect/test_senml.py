import pytest

from kota.connect.senml import read_senml


def test_bases_are_resolved_and_times_grouped() -> None:
    pack = [
        {"bn": "urn:dev:ow:10e2073a01080063:", "bt": 1.320067464e9, "bu": "%RH", "n": "h", "v": 20},
        {"n": "t", "u": "Cel", "v": 23.5},
        {"n": "h", "t": 60, "v": 20.3},
        {"n": "open", "t": 60, "vb": False},
    ]
    base = "urn:dev:ow:10e2073a01080063:"
    assert read_senml(pack) == [
        ({base + "h": 20.0, base + "t": 23.5}, 1320067464.0),
        ({base + "h": 20.3, base + "open": False}, 1320067524.0),
    ]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (3, "record 0: expected an object"),
        ({"v": 1}, "record 0: no name"),
        ({"n": "a", "v": "x"}, "record 0: v is 'x', expected a number"),
        ({"n": "a", "bt": True, "v": 1}, "record 0: bt is True"),
    ],
)
def test_a_broken_record_is_refused(record: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_senml([record])
