import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.connect.binary import BinaryField, read_fields


@pytest.mark.parametrize(
    ("field", "payload", "value"),
    [
        (BinaryField(name="x", at=0, type="u8"), b"\xff", 255),
        (BinaryField(name="x", at=0, type="i8"), b"\xff", -1),
        (BinaryField(name="x", at=1, type="u16le"), b"\0\x01\x02", 513),
        (BinaryField(name="x", at=0, type="i24be"), b"\xff\xff\xfe", -2),
        (BinaryField(name="x", at=-2, type="u16be", scale=0.1), b"\0\0\0\x7b", 12.3),
        (BinaryField(name="x", at=0, type="f32be"), struct.pack(">f", 1.5), 1.5),
        (BinaryField(name="x", at=0, type="f64le"), struct.pack("<d", 0.1), 0.1),
        (BinaryField(name="x", at=0, type="u8", bits=(4, 2)), b"\x30", 3),
        (BinaryField(name="x", at=0, type="u8", offset=-40.0), b"\x32", 10.0),
    ],
)
def test_a_field_is_read(field: BinaryField, payload: bytes, value: float) -> None:
    assert read_fields((field,), payload) == {"x": value}


def test_what_the_device_marks_as_missing_is_left_out() -> None:
    assert read_fields((BinaryField(name="x", at=0, type="u8", missing=255),), b"\xff") == {}


def test_a_short_payload_names_the_field() -> None:
    with pytest.raises(ValueError, match="x: 4 bytes at 1 lie outside a payload of 3 bytes"):
        read_fields((BinaryField(name="x", at=1, type="u32be"),), b"abc")


@given(st.binary(max_size=12), st.integers(-12, 12))
def test_any_payload_is_read_or_refused(payload: bytes, at: int) -> None:
    with contextlib.suppress(ValueError):
        read_fields((BinaryField(name="x", at=at, type="i32le"),), payload)
