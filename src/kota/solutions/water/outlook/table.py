"""A look ahead as files."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kota.solutions.water.outlook.course import Course, Quality
from kota.solutions.water.outlook.warn import Warned

_NAMES = {"age": "age", "chlorine": "chlorine"}


def write_course(course: Course, quality: Quality, out: Path) -> None:
    """Write a row a node and step: seconds, node, pressure, deficit and, if followed, quality.

    Args:
        course: the look ahead.
        quality: what its quality is.
        out: Parquet file; it appears when it is whole.
    """
    steps, nodes = course.pressure.shape
    columns = {
        "seconds": pa.array(np.repeat(course.seconds, nodes).astype(np.int32)),
        "node": pa.DictionaryArray.from_arrays(
            pa.array(np.tile(np.arange(nodes, dtype=np.int32), steps)), list(course.nodes)
        ),
        "pressure": pa.array(course.pressure.ravel().astype(np.float32)),
        "deficit": pa.array(course.deficit.ravel().astype(np.float32)),
    }
    if course.quality is not None:
        columns[_NAMES[quality]] = pa.array(course.quality.ravel().astype(np.float32))
    part = out.with_name(out.name + ".part")
    try:
        pq.write_table(pa.table(columns), part, compression="zstd")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def write_warnings(course: Course, warned: tuple[Warned, ...], out: Path) -> None:
    """Write levels of tanks, power of pumps and warnings as one JSON object."""
    told = {
        "seconds": course.seconds.tolist(),
        "level": {t: course.level[:, k].round(3).tolist() for k, t in enumerate(course.tanks)},
        "power": {p: course.power[:, k].round(3).tolist() for k, p in enumerate(course.pumps)},
        "warnings": warned,
    }
    out.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2))
