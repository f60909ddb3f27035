import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.connect.cayenne import read_cayenne


def test_the_examples_of_the_description_are_read() -> None:
    assert read_cayenne(bytes.fromhex("03670110056700FF")) == {
        "temperature_3": 27.2,
        "temperature_5": 25.5,
    }
    assert read_cayenne(bytes.fromhex("01880 6765FF2960A0003E8".replace(" ", ""))) == {
        "gps_1": {"latitude": 42.3519, "longitude": -87.9094, "altitude": 10.0}
    }
    assert read_cayenne(bytes.fromhex("067104D2FB2E0000")) == {
        "accelerometer_6": {"x": 1.234, "y": -1.234, "z": 0.0}
    }


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("03", "byte 0: a channel without a type"),
        ("036701", "byte 2: 2 bytes expected, 1 left"),
        ("03FF01", "byte 1: 255 is not a Cayenne LPP type"),
    ],
)
def test_a_broken_payload_is_refused_with_its_place(payload: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_cayenne(bytes.fromhex(payload))


@given(st.binary(max_size=60))
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    with contextlib.suppress(ValueError):
        read_cayenne(payload)
