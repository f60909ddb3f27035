"""A town's day of sightings through a real broker and a real Kota, and a search of all it left."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.processes import kota, mosquitto
from kota.connect.broker_url import parse_url
from kota.connect.mqtt_session import MqttSession
from kota.connect.sinks import LINK
from kota.model.instant import MINUTE, SECOND, parse, render

KEY_BYTES = 6
DAY_BEGINS = parse("2025-11-28T00:00:00Z", where="benchmark")
RECEIVERS = 8
COUNT_S = 40.0
"""How long the counting task may take to state what it heard."""


class Needles:
    """Finds any spelling of many addresses in bytes, all at once.

    Each spelling is found by its first six bytes, and then compared whole.

    Args:
        macs: twelve hexadecimal digits each.
    """

    def __init__(self, macs: Sequence[str]) -> None:
        self._forms: dict[int, list[tuple[bytes, str]]] = {}
        for mac in macs:
            for form in spellings(mac):
                key = int.from_bytes(form[:KEY_BYTES], "little")
                self._forms.setdefault(key, []).append((form, mac))
        self._keys = np.array(sorted(self._forms), dtype=np.uint64)

    def found(self, data: bytes) -> set[str]:
        """The addresses that stand in data in any spelling."""
        size = len(data) - KEY_BYTES + 1
        if size <= 0:
            return set()
        raw = np.frombuffer(data, dtype=np.uint8)
        window = np.zeros(size, dtype=np.uint64)
        for k in range(KEY_BYTES):
            window |= raw[k : size + k].astype(np.uint64) << np.uint64(8 * k)
        place = np.searchsorted(self._keys, window)
        place[place == len(self._keys)] = 0
        hits = np.flatnonzero(self._keys[place] == window)
        return {
            mac
            for at in hits.tolist()
            for form, mac in self._forms[int(window[at])]
            if data.startswith(form, at)
        }


def spellings(mac: str) -> set[bytes]:
    """How an address might be written: as text, bytes, base64, and as hashes without a key."""
    pairs = [mac[k : k + 2] for k in range(0, 12, 2)]
    raw = bytes.fromhex(mac)
    texts = {mark.join(pairs) for mark in (":", "-", "", "%3A", "%3a")}
    texts.add(".".join(mac[k : k + 4] for k in range(0, 12, 4)))
    texts |= {text.upper() for text in texts}
    plain = {text.encode() for text in texts}
    forms = set(plain) | {raw, raw[::-1], str(int(mac, 16)).encode(), raw.hex(" ").encode()}
    forms |= {text.encode("utf-16-le") for text in texts}
    for one in [*plain, raw]:
        forms.add(one.hex().encode())
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + one)
            forms.add(coded[-(-shift * 8 // 6) : (shift + len(one)) * 8 // 6])
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s"):
            digest = hashlib.new(name, one).digest()
            forms |= {digest[:8], digest[:8].hex().encode()}
        for size in (8, 12, 16, 32):
            digest = hashlib.blake2b(one, digest_size=size).digest()
            forms |= {digest[:8], digest[:8].hex().encode()}
    return {form for form in forms if len(form) >= KEY_BYTES}


@dataclass
class Left:
    """What a day left behind, by where it was found."""

    macs: list[str]
    surfaces: dict[str, bytes] = field(default_factory=dict)
    counted: int = 0
    letters: int = 0

    def found(self) -> dict[str, set[str]]:
        """Addresses by surface, only where there are some."""
        needles = Needles(self.macs)
        hits = {name: needles.found(data) for name, data in self.surfaces.items()}
        return {name: macs for name, macs in hits.items() if macs}

    @property
    def size(self) -> int:
        """Bytes that were searched."""
        return sum(map(len, self.surfaces.values()))


def simulated_day(
    folder: Path, *, devices: int, hours: int, seed: int, planted: bool = False
) -> Left:
    """Play a day, and gather every file, log and answer.

    Args:
        folder: for the town, new.
        devices: addresses that are heard.
        hours: of the day that pass; see `messages` for what is sent.
        seed: of addresses and movements.
        planted: whether one address is also sent where no private profile takes it, so that a
            search that does not find it is worth nothing.
    """
    rng = np.random.default_rng(seed)
    left = Left([rng.bytes(6).hex() for _ in range(devices)])
    profiles = folder / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "town-sighting.toml").write_bytes(_town_profile().read_bytes())
    with mosquitto(folder / "broker") as (_, port):
        arguments = ["--mqtt", f"mqtt://127.0.0.1:{port}", "--profile", str(profiles)]
        with kota(folder / "data", *arguments) as (process, url):
            _watch(url)
            day = list(messages(left.macs, hours, rng))
            if planted:
                day.append(("/public/receiver/attrs", _json({"heard": written(left.macs[0])})))
            asyncio.run(_publish(port, day, url))
            left.counted = asyncio.run(_wait_for_counts(url))
            for answer in ("before", "after"):
                left.surfaces |= _answers(url, f"API {answer} decisions")
                if answer == "before":
                    _decide(url, planted=planted)
            _post(url, "/api/v1/backups", {"target": str(folder / "backup")})
            _post(url, "/api/v1/exports", {"target": str(folder / "export")})
            left.letters = len(_get_json(url, "/api/v1/letters?limit=1000"))
            process.kill()
    left.surfaces |= files_of(folder, besides=folder / "broker")
    return left


def messages(macs: list[str], hours: int, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Topics and payloads of a day: a clock, sightings, and every way to be wrong."""
    where = rng.integers(0, RECEIVERS, len(macs))
    for quarter in range(hours * 12):
        now = DAY_BEGINS + quarter * 5 * MINUTE
        yield "kota/clock/town", _json({"now": render(now), "speed": 60})
        moving = rng.random(len(macs)) < 0.2
        where = np.where(moving, rng.integers(0, RECEIVERS, len(macs)), where)
        heard = rng.random(len(macs)) < 0.5
        for receiver in range(RECEIVERS):
            present = [macs[k] for k in np.flatnonzero(heard & (where == receiver))]
            yield f"/town-sighting/w{receiver}/attrs", sightings(present, now, rng)
        if quarter % 6 == 0:
            yield from wrong(str(rng.choice(macs)), now, rng)


def sightings(macs: Sequence[str], now: int, rng: np.random.Generator) -> bytes:
    """What a receiver says of five minutes."""
    return _json(
        {
            "sightings": [
                {
                    "mac": written(mac),
                    "rssi": int(rng.integers(-90, -40)),
                    "at": render(now + int(rng.integers(0, 300)) * SECOND),
                }
                for mac in macs
            ]
        }
    )


def wrong(mac: str, now: int, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Messages that cannot be read, and those of devices that nobody knows."""
    text = written(mac)
    payloads = [
        b'{"sightings": [{"mac": "' + text.encode(),
        _json({text: -60}),
        _json({"sightings": [text]}),
        _json({"sightings": [{"mac": text + ":", "at": render(now)}]}),
        _json({"sightings": [{"mac": text, "at": text}]}),
        _json({"sightings": [{"mac": text, "rssi": text, "at": render(now)}]}),
        text.encode(),
        bytes.fromhex(mac),
        _json([{"mac": text}]),
    ]
    for k, payload in enumerate(payloads):
        yield f"/town-sighting/w{k % RECEIVERS}/attrs", payload
        yield f"/sighting/unknown{k}/attrs", payload
        yield f"/ticket-tap/gate{k}/attrs", payload
    yield "/sighting/unknown1/attrs", sightings([mac], now, rng)


def written(mac: str) -> str:
    """With colons, as receivers write it."""
    return ":".join(mac[k : k + 2] for k in range(0, 12, 2))


def files_of(folder: Path, *, besides: Path) -> dict[str, bytes]:
    """Every file as it lies on the disk, and then what databases and tables in them hold."""
    files = [
        path for path in sorted(folder.rglob("*")) if path.is_file() and besides not in path.parents
    ]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    for path in files:
        name = str(path.relative_to(folder))
        if not path.exists():
            continue
        if found[name][:15] == b"SQLite format 3":
            found[f"{name}, rows"] = _sqlite_rows(path)
        elif path.suffix == ".duckdb":
            found[f"{name}, rows"] = _duckdb_rows(path)
        elif path.suffix == ".parquet":
            found[f"{name}, rows"] = _parquet_rows(path)
    return found


def _sqlite_rows(path: Path) -> bytes:
    parts: list[bytes] = []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                parts += [v if isinstance(v, bytes) else str(v).encode() for v in row]
    return b"\n".join(parts)


def _duckdb_rows(path: Path) -> bytes:
    import duckdb

    parts: list[str] = []
    with contextlib.closing(duckdb.connect(str(path))) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
            parts += [str(value) for row in rows for value in row]
    return "\n".join(parts).encode()


def _parquet_rows(path: Path) -> bytes:
    from pyarrow import parquet

    return str(parquet.read_table(path).to_pylist()).encode()


async def _publish(port: int, day: list[tuple[str, bytes]], url: str) -> None:
    """Publish in order, once the counting task listens."""
    await _until(lambda: _runs(url) >= 1)
    session = MqttSession("benchmark-receivers", lambda *_: None, clean=True)
    await session.open(parse_url(f"mqtt://127.0.0.1:{port}"))
    for start in range(0, len(day), 100):
        await asyncio.gather(
            *(session.publish(topic, one) for topic, one in day[start : start + 100])
        )
    await session.close()


async def _wait_for_counts(url: str) -> int:
    """Wait until the counting task has stated counts; for how many receivers."""
    query = "/ngsi-ld/v1/entities?type=CrowdFlowObserved&limit=1000"

    def counted() -> int:
        return sum("peopleCount" in one for one in _get_json(url, query))

    await _until(lambda: counted() == RECEIVERS)
    return counted()


async def _until(condition: Any) -> None:
    async with asyncio.timeout(COUNT_S):
        while not condition():
            await asyncio.sleep(0.2)


def _runs(url: str) -> int:
    for solution in _get_json(url, "/api/v1/solutions"):
        for task in solution["health"]["tasks"]:
            if task["name"] == "sightings":
                return int(task["runs"])
    raise RuntimeError("people_flow does not run its sightings task")


def _watch(url: str) -> None:
    """A subscription that nobody answers, so that notifications stay in the outbox."""
    body = {
        "type": "Subscription",
        "entities": [{"type": "CrowdFlowObserved"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/nobody"}},
    }
    _post(url, "/ngsi-ld/v1/subscriptions", body)


def _decide(url: str, *, planted: bool) -> None:
    """Approve, reject, choose a public profile for a private topic, and replay letters.

    What was planted is approved too, and so goes into state and history.
    """
    approved = [("unknown0", None), ("unknown1", "iot-agent-json"), ("gate2", None)]
    for device, profile in [*approved, *([("receiver", None)] if planted else [])]:
        _post(url, f"/api/v1/devices/{device}/approve", {"profile": profile})
    _post(url, "/api/v1/devices/unknown3/reject", {})
    for letter in _get_json(url, "/api/v1/letters?limit=5"):
        with contextlib.suppress(urllib.error.HTTPError):
            _post(url, f"/api/v1/letters/{letter['key']}/replay", {})


def _answers(url: str, label: str) -> dict[str, bytes]:
    """What every address answers that takes no more than its path."""
    paths = [
        path
        for path, verbs in _get_json(url, "/openapi.json")["paths"].items()
        if "get" in verbs and "{" not in path
    ]
    paths += ["/metrics", "/api/v1/letters?limit=1000", "/api/v1/search?q=w1"]
    paths += ["/api/v1/letters?limit=1000&box=notification"]
    for kind in ("CrowdFlowObserved", "OriginDestinationFlow", "Device"):
        paths += [
            f"/ngsi-ld/v1/entities?type={kind}&limit=1000&options=sysAttrs",
            f"/ngsi-ld/v1/temporal/entities?type={kind}&timerel=after&timeAt=2000-01-01T00:00:00Z",
        ]
    paths += [f"/api/v1/entities/urn:ngsi-ld:CrowdFlowObserved:w{k}" for k in range(RECEIVERS)]
    return {f"{label}: {path}": _get(url, path) for path in dict.fromkeys(paths)}


def _get(url: str, path: str) -> bytes:
    request = urllib.request.Request(url + path, headers={"Link": LINK})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()


def _get_json(url: str, path: str) -> Any:
    return json.loads(_get(url, path))


def _post(url: str, path: str, body: Any) -> None:
    headers = {"Content-Type": "application/json", "Link": LINK}
    request = urllib.request.Request(url + path, data=_json(body), headers=headers)
    urllib.request.urlopen(request, timeout=60).close()


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _town_profile() -> Path:
    from kota.demo.prepare import PROFILES

    return PROFILES / "town-sighting.toml"
