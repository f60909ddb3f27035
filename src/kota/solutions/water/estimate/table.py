"""Estimates as a Parquet file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kota.solutions.water.estimate.field import Estimate
from kota.solutions.water.estimate.scada import Scada, told

NINETY = 1.645
"""Standard deviations to either side that hold 90 % of a normal distribution."""
SCHEMA = pa.schema(
    [
        ("time", pa.timestamp("s")),
        ("node", pa.dictionary(pa.int32(), pa.string())),
        ("pressure", pa.float32()),
        ("std", pa.float32()),
        ("low", pa.float32()),
        ("high", pa.float32()),
    ]
)
_TOGETHER = 48


def written(
    steps: Iterable[tuple[int, tuple[str, ...], Estimate]], scada: Scada, out: Path
) -> list[str]:
    """Write a row a node and step; the file appears when it is whole.

    Args:
        steps: instants, nodes, estimates.
        scada: what they were made from.
        out: the file.

    Returns:
        a sentence for each logger that was contradicted for longer than an hour.
    """
    part = out.with_name(out.name + ".part")
    used = []
    try:
        with pq.ParquetWriter(part, SCHEMA, compression="zstd") as file:
            waiting: list[pa.RecordBatch] = []
            for instant, nodes, estimate in steps:
                waiting.append(_rows(instant, nodes, estimate))
                used.append(estimate.trusted)
                if len(waiting) == _TOGETHER:
                    file.write_table(pa.Table.from_batches(waiting))
                    waiting.clear()
            if waiting:
                file.write_table(pa.Table.from_batches(waiting))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return _contradicted(np.array(used), scada)


def _rows(instant: int, nodes: tuple[str, ...], estimate: Estimate) -> pa.RecordBatch:
    count = len(nodes)
    half = NINETY * estimate.spread
    columns = [
        pa.array(np.full(count, instant), pa.int64()).cast(pa.timestamp("s")),
        pa.DictionaryArray.from_arrays(pa.array(np.arange(count), pa.int32()), list(nodes)),
    ]
    columns += [
        pa.array(values.astype(np.float32))
        for values in (
            estimate.pressure,
            estimate.spread,
            estimate.pressure - half,
            estimate.pressure + half,
        )
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _contradicted(used: np.ndarray, scada: Scada) -> list[str]:
    said = []
    read = ~np.isnan(scada.pressures.values)
    for k, name in enumerate(scada.pressures.names):
        against = read[:, k] & ~used[:, k]
        if against.sum() * scada.step > 3600:
            first = told(int(scada.times[np.argmax(against)]))
            said.append(
                f"{name}: left out at {against.sum()} of {read[:, k].sum()} steps, first {first}: "
                "the other sensors and the model contradict it, or it is stuck"
            )
    return said
