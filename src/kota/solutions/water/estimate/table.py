"""Estimates as a Parquet file."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kota.solutions.water.estimate.field import Estimate, Floats
from kota.solutions.water.estimate.run import Course
from kota.solutions.water.estimate.scada import Scada, told

NINETY = 1.645
"""Standard deviations to either side that hold 90 % of a normal distribution."""


def _schema(asset: str, quantity: str) -> pa.Schema:
    names = (quantity, "std", "low", "high")
    assets = pa.dictionary(pa.int32(), pa.string())
    numbers = [(name, pa.float32()) for name in names]
    return pa.schema([("time", pa.timestamp("s")), (asset, assets), *numbers])


SCHEMA = _schema("node", "pressure")
FLOWS = _schema("link", "flow")
_TOGETHER = 48


def written(
    steps: Iterable[tuple[int, tuple[str, ...], Estimate]],
    scada: Scada,
    out: Path,
    *,
    flows: Path | None = None,
    course: Course | None = None,
) -> list[str]:
    """Write a row a node and step, and one a link and step; files appear when they are whole.

    Args:
        steps: instants, nodes, estimates.
        scada: what they were made from.
        out: the file of pressures.
        flows: that of flows; None: they are not written.
        course: knows the links' names, where flows are written.

    Returns:
        a sentence for each logger that was contradicted for longer than an hour.
    """
    used = []
    with ExitStack() as stack:
        files = [stack.enter_context(_Growing(out, SCHEMA))]
        if flows is not None:
            files.append(stack.enter_context(_Growing(flows, FLOWS)))
        for instant, nodes, estimate in steps:
            files[0].add(instant, nodes, estimate.pressure, estimate.spread)
            if flows is not None and course is not None:
                files[1].add(instant, course.links, estimate.flow, estimate.flow_spread)
            used.append(estimate.trusted)
        for file in files:
            file.whole()
    return _contradicted(np.array(used), scada)


class _Growing:
    """A Parquet file that is written part by part, under another name until it is whole."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path, self._part, self._schema = path, path.with_name(path.name + ".part"), schema
        self._file = pq.ParquetWriter(self._part, schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, instant: int, names: tuple[str, ...], values: Floats, spread: Floats) -> None:
        """A row a name."""
        count, half = len(names), NINETY * spread
        columns = [
            pa.array(np.full(count, instant), pa.int64()).cast(pa.timestamp("s")),
            pa.DictionaryArray.from_arrays(pa.array(np.arange(count), pa.int32()), list(names)),
            *(
                pa.array(each.astype(np.float32))
                for each in (values, spread, values - half, values + half)
            ),
        ]
        self._waiting.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        if len(self._waiting) == _TOGETHER:
            self._flush()

    def whole(self) -> None:
        """Give it its name."""
        self._flush()
        self._file.close()
        self._part.replace(self._path)

    def _flush(self) -> None:
        if self._waiting:
            self._file.write_table(pa.Table.from_batches(self._waiting))
            self._waiting.clear()


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
