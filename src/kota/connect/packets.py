"""MQTT packets in a stream of bytes (OASIS MQTT 5.0, clauses 2.1 and 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Receive = Callable[[str, bytes, int, bool], None]
"""Gets topic, payload, packet id (0 at QoS 0) and whether it is marked as a redelivery."""
PassOn = Callable[[int, bytes], None]
"""Gets the first byte of a packet, which names its type, and what follows its length."""

_PUBLISH_QOS_1: Final = 0b0011_0010
_NOT_DUP_NOR_RETAIN: Final = 0b1111_0110
_DUP: Final = 0b0000_1000
_MORE: Final = 0b1000_0000
_LONGEST_LENGTH: Final = 4
_LEAST: Final = 4
"""Bytes that a message with a topic and a packet id has at the least, less one."""


def read_packets(data: bytes, receive: Receive, pass_on: PassOn, *, properties: bool) -> int:
    """Take the whole packets from the front of what has arrived.

    Messages at QoS 1 without properties, which is how nearly all of them come, are read here in
    one loop; every other packet is passed on.

    Args:
        data: begins with a packet.
        receive: called for those messages.
        pass_on: called for the other packets, in between.
        properties: whether packets have properties, as they do from MQTT 5 on.

    Returns:
        How many bytes were taken; -1 where they are no MQTT.
    """
    at, end = 0, len(data)
    while at + 2 <= end:
        kind, size, body = data[at], data[at + 1], at + 2
        if size & _MORE:
            size, body = _length(data, at + 1)
            if body == 0:
                return -1 if size < 0 else at
        stop = body + size
        if stop > end:
            break
        if kind & _NOT_DUP_NOR_RETAIN == _PUBLISH_QOS_1 and size > _LEAST:
            mid = body + 2 + (data[body] << 8 | data[body + 1])
            payload = mid + 3 if properties else mid + 2
            if body + 2 < mid and payload <= stop and not (properties and data[mid + 2]):
                receive(
                    data[body + 2 : mid].decode("utf-8", "replace"),
                    data[payload:stop],
                    data[mid] << 8 | data[mid + 1],
                    kind & _DUP != 0,
                )
                at = stop
                continue
        pass_on(kind, data[body:stop])
        at = stop
    return at


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The remaining length that begins at `at`, and where it ends.

    An end of 0 says that there is none: a length of 0 that more bytes are needed, -1 that it is
    longer than a length can be.
    """
    size = 0
    for position, byte in enumerate(data[at : at + _LONGEST_LENGTH]):
        size |= (byte & ~_MORE) << 7 * position
        if byte < _MORE:
            return size, at + position + 1
    return (-1 if at + _LONGEST_LENGTH <= len(data) else 0), 0
