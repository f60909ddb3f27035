"""Packets in a stream of bytes, against packets written by the standard's rules."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.connect.packets import read_packets

Message = tuple[str, bytes, int, bool]


def packet(kind: int, rest: bytes) -> bytes:
    size, length = len(rest), b""
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | 0x80 if size else digit])
        if not size:
            return bytes([kind]) + length + rest


def publish(message: Message, *, properties: bytes | None = b"") -> bytes:
    topic, payload, mid, dup = message
    name = topic.encode()
    head = struct.pack("!H", len(name)) + name + struct.pack("!H", mid)
    if properties is not None:
        head += bytes([len(properties)]) + properties
    return packet(0x3A if dup else 0x32, head + payload)


class Taken:
    """Whatever is read, in its order."""

    def __init__(self, *, properties: bool) -> None:
        self.properties = properties
        self.found: list[object] = []
        self.left = b""

    def feed(self, data: bytes) -> None:
        self.left += data
        taken = read_packets(
            self.left,
            lambda *message: self.found.append(message),
            lambda kind, rest: self.found.append((kind, rest)),
            properties=self.properties,
        )
        assert taken >= 0
        self.left = self.left[taken:]


messages = st.tuples(
    st.text(min_size=1, max_size=20), st.binary(max_size=300), st.integers(1, 65535), st.booleans()
)
others = st.tuples(st.sampled_from([0x20, 0x30, 0x34, 0x40, 0x90, 0xD0]), st.binary(max_size=200))


@given(st.lists(messages | others), st.booleans(), st.lists(st.integers(0, 2000)))
def test_packets_come_out_as_they_went_in_wherever_the_stream_is_cut(
    sent: list[Message | tuple[int, bytes]], properties: bool, cuts: list[int]
) -> None:
    stream = b"".join(
        publish(one, properties=b"" if properties else None) if len(one) == 4 else packet(*one)
        for one in sent
    )
    taken, at = Taken(properties=properties), 0
    for cut in [*sorted(cuts), len(stream)]:
        taken.feed(stream[at:cut])
        at = max(at, min(cut, len(stream)))
    assert taken.found == sent
    assert taken.left == b""


def test_a_message_with_properties_or_without_a_topic_is_passed_on() -> None:
    taken = Taken(properties=True)
    expiry = publish(("a/b", b"x", 7, False), properties=b"\x02\x00\x00\x00\x3c")
    taken.feed(expiry + publish(("", b"x", 7, False)))
    assert [kind for kind, _ in taken.found] == [0x32, 0x32]  # type: ignore[misc]


@pytest.mark.parametrize("rest", [b"", b"\x00", b"\xff\xff\x00\x00\x00\x00", b"\x00\x03abc\x00"])
def test_a_publish_packet_that_is_too_short_is_passed_on(rest: bytes) -> None:
    taken = Taken(properties=True)
    taken.feed(packet(0x32, rest))
    assert taken.found == [(0x32, rest)]


def test_a_length_of_more_than_four_bytes_is_no_mqtt() -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing is there to be read")

    assert read_packets(b"\x32\xff\xff\xff\xff\x01", never, never, properties=True) == -1
    assert read_packets(b"\x32\xff\xff", never, never, properties=True) == 0
