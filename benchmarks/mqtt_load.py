"""A device population in one process: as many messages a second as asked, QoS 1, cheaply.

Each message is ``/bench/<device>/attrs`` with a flat JSON object. It speaks MQTT 3.1.1 from the
socket up, so that it takes as little of the two cores as can be.

    python -m benchmarks.mqtt_load --port 1883 --attributes 5 --rate 4000 --seconds 10
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import sys
import time
from dataclasses import dataclass, field

CONNECT = b"\x00\x04MQTT\x04\x02\x00\x00"
WINDOW = 20_000
"""Messages in flight; below the 65,535 packet identifiers."""


@dataclass
class Load:
    """Publishes readings and counts what the broker acknowledged.

    Args:
        port: of the broker on this machine.
        devices: how many; messages go round them.
        attributes: values in a message.
        start: the first message's time [ms since the epoch]; each further one of a device is a
            millisecond later, so that every observation has a time of its own.
        batch: messages written at once.
    """

    port: int
    devices: int
    attributes: int
    start: int
    batch: int = 50
    sent: int = 0
    acknowledged: int = 0
    _buffer: bytes = b""
    _socket: socket.socket = field(init=False)

    def connect(self) -> None:
        """Open a clean session."""
        self._socket = socket.create_connection(("127.0.0.1", self.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = b"kota-load-%d" % self._socket.getsockname()[1]
        body = CONNECT + struct.pack("!H", len(client)) + client
        self._socket.sendall(bytes([0x10, len(body)]) + body)
        answer = self._socket.recv(4)
        if answer[:1] != b"\x20" or answer[3] != 0:
            raise RuntimeError(f"the broker refused the connection: {answer!r}")

    def run(self, rate: float, seconds: float) -> None:
        """Publish at a rate [messages/s], then wait until all is acknowledged."""
        begin = time.perf_counter()
        while (now := time.perf_counter() - begin) < seconds:
            due = int(now * rate)
            if self.sent >= due:
                time.sleep(0.002)
                self._read(block=False)
                continue
            self.send(min(due - self.sent, self.batch))
            self._read(block=self.sent - self.acknowledged >= WINDOW)
        self.settle()

    def send(self, count: int) -> None:
        """Publish the next messages."""
        self._socket.sendall(b"".join(self.message(self.sent + i) for i in range(count)))
        self.sent += count

    def settle(self, seconds: float = 30) -> None:
        """Wait for the acknowledgements that are missing."""
        end = time.monotonic() + seconds
        while self.acknowledged < self.sent and time.monotonic() < end:
            self._read(block=True)

    def publish(self, topic: bytes, payload: bytes, packet: int) -> None:
        """Publish one message of one's own."""
        self._socket.sendall(_packet(topic, payload, packet))
        self.sent += 1
        self._read(block=False)

    def message(self, number: int) -> bytes:
        """The PUBLISH packet of message `number`."""
        device, turn = number % self.devices, number // self.devices
        topic = b"/bench/d%d/attrs" % device
        values = b",".join(
            b'"a%d":%d.%02d' % (k, (turn + k) % 100, (number * 7 + k) % 100)
            for k in range(self.attributes)
        )
        payload = b'{"t":%d,%s}' % (self.start + turn, values)
        return _packet(topic, payload, number % 65535 + 1)

    def close(self) -> None:
        """End the session."""
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()

    def _read(self, *, block: bool) -> None:
        self._socket.settimeout(1.0 if block else 0.0)
        try:
            data = self._socket.recv(1 << 16)
        except (BlockingIOError, TimeoutError):
            return
        finally:
            self._socket.settimeout(None)
        if not data:
            raise RuntimeError("the broker closed the connection")
        data = self._buffer + data
        whole = len(data) // 4
        self.acknowledged += whole
        self._buffer = data[whole * 4 :]


def _packet(topic: bytes, payload: bytes, packet: int) -> bytes:
    body = struct.pack("!H", len(topic)) + topic + struct.pack("!H", packet)
    return b"\x32" + _length(len(body) + len(payload)) + body + payload


def _length(size: int) -> bytes:
    if size < 128:
        return bytes([size])
    return bytes([size % 128 | 128, size // 128])


def profile(attributes: int) -> str:
    """The device profile (TOML) under which Kota takes these messages."""
    lines = [
        'title = "Benchmark device"',
        'topic = "/bench/{device}/attrs"',
        'admit = "any"',
        "[entity]",
        'type = "Device"',
        'id = "urn:ngsi-ld:Device:{device}"',
        "[time]",
        'from = "t"',
        'format = "unix-ms"',
    ]
    for number in range(attributes):
        lines += ["[[attribute]]", f'name = "a{number}"', 'type = "number"', 'unit = "CEL"']
    return "\n".join(lines) + "\n"


def main() -> None:
    """Publish, then print a JSON line with what was sent and acknowledged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--attributes", type=int, default=5)
    parser.add_argument("--rate", type=float, default=4000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--start", type=int, default=None)
    given = parser.parse_args()
    start = given.start if given.start is not None else int(time.time() * 1000) - 600_000
    load = Load(given.port, given.devices, given.attributes, start)
    load.connect()
    begin = time.perf_counter()
    try:
        load.run(given.rate, given.seconds)
        load.close()
    finally:
        print(
            json.dumps(
                {
                    "sent": load.sent,
                    "acknowledged": load.acknowledged,
                    "seconds": time.perf_counter() - begin,
                    "cpu": time.process_time(),
                    "start": start,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
