"""Kills Kota under load, again and again, and looks for anything acknowledged that is gone.

    python -m benchmarks.kill [--times 20] [--seed 1] [--postgres]

With ``--postgres`` the town is in a database, and now Kota is killed, now PostgreSQL.

Three kinds of promise are kept in an independent record: messages that Mosquitto acknowledged to
their publisher, entities and subscriptions that Kota answered with 201, and the notifications that
those entities had to bring forth.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.mqtt_load import profile
from benchmarks.postgres_server import PostgresServer, postgres
from benchmarks.processes import free_port, mosquitto, start_kota
from benchmarks.report import emit, machine

DEVICES = 200
ATTRIBUTES = 5
RATE = 1500
SETTLE_S = 300
STILL_S = 10
"""Nothing is received for so long: the broker holds nothing back any more."""
JSON = {"Content-Type": "application/json"}


class Receiver(BaseHTTPRequestHandler):
    """Takes notifications and remembers the entities in them."""

    notified: set[str]
    repeated: int

    def do_POST(self) -> None:
        """Remember and answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind = type(self)
        for entity in body["data"]:
            kind.repeated += entity["id"] in kind.notified
            kind.notified.add(entity["id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[tuple[type[Receiver], int]]:
    """A running receiver, and its port."""
    kind = type("Counting", (Receiver,), {"notified": set(), "repeated": 0})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kind, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Writer(threading.Thread):
    """Creates entities and subscriptions over HTTP and records what was acknowledged."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.entities: list[str] = []
        self.subscriptions: list[str] = []
        self.going = True
        self._port = port

    def run(self) -> None:
        number = 0
        while self.going:
            number += 1
            try:
                self._create(number)
                if number % 50 == 0:
                    self._subscribe(number)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    def _create(self, number: int) -> None:
        entity_id = f"urn:ngsi-ld:Probe:{number}"
        value = {"type": "Property", "value": number}
        if self._post("entities", {"id": entity_id, "type": "Probe", "count": value}):
            self.entities.append(entity_id)

    def _subscribe(self, number: int) -> None:
        entity_id = f"urn:ngsi-ld:Subscription:{number}"
        endpoint = {"uri": "http://127.0.0.1:9/nobody"}
        body = {
            "id": entity_id,
            "type": "Subscription",
            "entities": [{"type": "Nothing"}],
            "notification": {"endpoint": endpoint},
        }
        if self._post("subscriptions", body):
            self.subscriptions.append(entity_id)

    def _post(self, path: str, body: dict[str, Any]) -> bool:
        return post(self._port, path, body) == 201


def post(port: int, path: str, body: dict[str, Any]) -> int:
    """Status of an NGSI-LD POST."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", f"/ngsi-ld/v1/{path}", json.dumps(body), JSON)
        return connection.getresponse().status
    finally:
        connection.close()


def exists(port: int, path: str) -> bool:
    """Whether a GET finds something."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", f"/ngsi-ld/v1/{path}")
        return connection.getresponse().status == 200
    finally:
        connection.close()


Counted = tuple[str, str, int, int]
"""Entity, attribute, and how many times and rows of it history holds."""
_COUNT = """
    SELECT s.entity_id, s.attribute, count(DISTINCT o.observed_at), count(*)
    FROM observation o JOIN series s ON s.series = o.series
    WHERE s.entity_id LIKE 'urn:ngsi-ld:Device:%' AND s.attribute NOT LIKE '@%'
    GROUP BY s.entity_id, s.attribute
"""


def counted(data: Path, server: PostgresServer | None) -> list[Counted]:
    """What history holds, read past Kota."""
    if server is None:
        with duckdb.connect(str(data / "history.duckdb"), read_only=True) as connection:
            return connection.execute(_COUNT).fetchall()
    lines = server.sql(f"SET search_path TO kota; {_COUNT}").splitlines()
    cells = (line.split("|") for line in lines)
    return [(entity, name, int(times), int(rows)) for entity, name, times, rows in cells]


def missing_observations(rows: list[Counted], sent: dict[str, Any]) -> tuple[int, int]:
    """How many acknowledged observations history lacks, and how many it holds twice."""
    turns, rest = divmod(sent["acknowledged"], DEVICES)
    expected = {n: turns + (n < rest) for n in range(DEVICES)}
    found = {(entity, attribute): (distinct, count) for entity, attribute, distinct, count in rows}
    missing = doubled = 0
    names = sorted({attribute for _, attribute in found})
    for number, wanted in expected.items():
        for name in names:
            distinct, count = found.get((f"urn:ngsi-ld:Device:d{number}", name), (0, 0))
            missing += max(wanted - distinct, 0)
            doubled += count - distinct
    return missing + (ATTRIBUTES - len(names)) * sum(expected.values()), doubled


def campaign(folder: Path, times: int, seed: int, server: PostgresServer | None) -> None:
    """Run it and print what was found."""
    random_ = random.Random(seed)
    port = free_port()
    device = folder / "bench.toml"
    device.write_text(profile(ATTRIBUTES))
    with mosquitto(folder / "broker") as (_, broker), receiver() as (received, sink):
        arguments = ["--mqtt", f"mqtt://127.0.0.1:{broker}", "--profile", str(device)]
        if server is not None:
            arguments += ["--store", server.address()]
        kota, _ = start_kota(folder / "data", *arguments, port=port)
        watched = {
            "type": "Subscription",
            "entities": [{"type": "Probe"}],
            "notification": {"endpoint": {"uri": f"http://127.0.0.1:{sink}/"}},
        }
        if post(port, "subscriptions", watched) != 201:
            raise RuntimeError("the subscription was refused")
        command = [sys.executable, "-m", "benchmarks.mqtt_load", "--port", str(broker)]
        command += ["--devices", str(DEVICES), "--attributes", str(ATTRIBUTES)]
        command += ["--rate", str(RATE), "--seconds", str(times * 4)]
        load = subprocess.Popen(command, stdout=subprocess.PIPE)
        writer = Writer(port)
        writer.start()
        for _ in range(times):
            time.sleep(random_.uniform(0.3, 3.0))
            if server is not None and random_.random() < 0.5:
                server.kill()
                server.start()
                continue
            kota.kill()
            kota, _ = start_kota(folder / "data", *arguments, port=port)
        sent = json.loads(load.communicate()[0])
        writer.going = False
        writer.join()
        wait_until_settled(port, received)
        lost_entities = sum(not exists(port, f"entities/{one}") for one in writer.entities)
        lost_subscriptions = sum(
            not exists(port, f"subscriptions/{one}") for one in writer.subscriptions
        )
        kota.stop()
    missing, doubled = missing_observations(counted(folder / "data", server), sent)
    unnotified = len(set(writer.entities) - received.notified)
    emit("kill.times", times, "kills")
    emit("kill.messages_acknowledged", sent["acknowledged"], "messages")
    emit("kill.observations_lost", missing, "observations", goal="0")
    emit("kill.observations_doubled", doubled, "observations")
    emit("kill.entities_acknowledged", len(writer.entities), "entities")
    emit("kill.entities_lost", lost_entities, "entities", goal="0")
    emit("kill.subscriptions_acknowledged", len(writer.subscriptions), "subscriptions")
    emit("kill.subscriptions_lost", lost_subscriptions, "subscriptions", goal="0")
    emit("kill.notifications_lost", unnotified, "notifications", goal="0")
    emit("kill.notifications_repeated", received.repeated, "notifications")
    if missing or lost_entities or lost_subscriptions or unnotified:
        raise SystemExit("something that was acknowledged is gone")


def wait_until_settled(port: int, received: type[Receiver]) -> None:
    """Wait until nothing moves any more: what is missing then is lost."""
    last, still = (-1, -1), 0
    end = time.monotonic() + SETTLE_S
    while time.monotonic() < end and still < STILL_S:
        time.sleep(1)
        health = ask(port, "/api/v1/health")
        waits = health["store"]["journal_lag"] > 0
        now = (health["ingest"]["received"], len(received.notified))
        still = still + 1 if now == last and not waits else 0
        last = now


def ask(port: int, path: str) -> dict[str, Any]:
    """The answer to a GET."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="the town is in a database")
    given = parser.parse_args()
    print(json.dumps({"machine": machine()}))
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        if given.postgres:
            with postgres() as server:
                campaign(Path(name), given.times, given.seed, server)
        else:
            campaign(Path(name), given.times, given.seed, None)


if __name__ == "__main__":
    main()
