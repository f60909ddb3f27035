"""Arrow arrays from Python values and NumPy arrays, buffer by buffer.

`pyarrow.array` imports pandas where it is installed, at a second of processor time and 70 MB, to
find out that a tuple is no pandas object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def array(values: Sequence[Any], kind: pa.DataType | None = None) -> pa.Array:
    """An array of numbers or texts; None becomes null.

    Args:
        values: all of the kind's Python type, or None.
        kind: an integer, floating-point or string type; None: 64 bits wide where the values are
            numbers, else a string.
    """
    import pyarrow as pa

    if kind is None:
        kind = _kind(pa, next((value for value in values if value is not None), ""))
    count = len(values)
    nulls = values.count(None)
    if nulls == count:
        return pa.nulls(count, kind)
    validity = None if nulls == 0 else _validity(pa, [value is not None for value in values])
    if pa.types.is_string(kind):
        return pa.Array.from_buffers(kind, count, [validity, *_texts(pa, values)], nulls)
    numbers = np.array(
        values if nulls == 0 else [0 if value is None else value for value in values],
        dtype=_DTYPES[str(kind)],
    )
    return pa.Array.from_buffers(kind, count, [validity, pa.py_buffer(numbers)], nulls)


def column(values: np.ndarray, there: np.ndarray | None = None) -> pa.Array:
    """An array of the numbers of a NumPy array.

    Args:
        values: of one of the types in `_DTYPES`.
        there: where there is a number, of as many booleans; None: everywhere.
    """
    import pyarrow as pa

    count = len(values)
    kind = pa.from_numpy_dtype(values.dtype)
    nulls = 0 if there is None else count - int(np.count_nonzero(there))
    if nulls == count:
        return pa.nulls(count, kind)
    validity = None if nulls == 0 else _validity(pa, there)
    return pa.Array.from_buffers(kind, count, [validity, pa.py_buffer(values)], nulls)


def table_of(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """A table of rows, each column of the kind of its first value."""
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.Table.from_arrays([array(column) for column in columns], names=list(names))


_DTYPES = {
    "uint8": np.uint8,
    "uint32": np.uint32,
    "int64": np.int64,
    "double": np.float64,
}


def _kind(pa: Any, value: Any) -> pa.DataType:
    if isinstance(value, int):
        return pa.int64()
    return pa.float64() if isinstance(value, float) else pa.string()


def _validity(pa: Any, there: Any) -> Any:
    return pa.py_buffer(np.packbits(there, bitorder="little"))


def _texts(pa: Any, values: Sequence[str | None]) -> list[Any]:
    if len(set(values)) == 1 and values[0] is not None:
        text = values[0].encode()
        offsets = np.arange(len(values) + 1, dtype=np.int32) * len(text)
        return [pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(text * len(values))]
    encoded = [b"" if value is None else value.encode() for value in values]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    return [pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
