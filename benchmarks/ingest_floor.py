"""The bare cost of ingest: receive by gmqtt, decode, upsert into SQLite, append to DuckDB.

    python -m benchmarks.ingest_floor PORT FOLDER

Writes the number of messages done so far to FOLDER/done.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Any

import duckdb
import gmqtt
import msgspec
import pyarrow as pa

BATCH_S = 0.05


async def main(port: int, folder: Path) -> None:
    """Run until killed."""
    state = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
    state.execute("PRAGMA journal_mode = WAL")
    state.execute("PRAGMA synchronous = FULL")
    state.execute("CREATE TABLE entity (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    history = duckdb.connect(str(folder / "floor.duckdb"))
    history.execute("CREATE TABLE observation (series VARCHAR, observed BIGINT, number DOUBLE)")
    waiting: list[tuple[str, bytes]] = []
    done = 0

    async def receive(client: Any, topic: str, payload: bytes, qos: int, properties: Any) -> int:
        waiting.append((topic, payload))
        return 0

    client = gmqtt.Client("kota-floor", clean_session=True, receive_maximum=60_000)
    client.on_message = receive
    await client.connect("127.0.0.1", port, version=5)
    client.subscribe("/bench/+/attrs", qos=1)
    decode = msgspec.json.Decoder(dict[str, float]).decode
    while True:
        await asyncio.sleep(BATCH_S)
        batch, waiting[:] = list(waiting), []
        if not batch:
            continue
        rows = [(topic, decode(payload)) for topic, payload in batch]
        latest = {topic: msgspec.json.encode(values) for topic, values in rows}
        state.execute("BEGIN")
        state.executemany("INSERT OR REPLACE INTO entity VALUES (?, ?)", latest.items())
        state.execute("COMMIT")
        series, observed, number = [], [], []
        for topic, values in rows:
            time = int(values.pop("t"))
            for name, value in values.items():
                series.append(topic + name)
                observed.append(time)
                number.append(value)
        table = pa.table({"series": series, "observed": observed, "number": number})
        history.register("batch", table)
        history.execute("INSERT INTO observation SELECT * FROM batch")
        done += len(batch)
        (folder / "done").write_text(str(done))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
