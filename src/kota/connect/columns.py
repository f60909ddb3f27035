"""Columns of a table under any of their usual names, as arrays; a bad cell is told by its line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from kota.connect.row_source import CsvTable, open_rows
from kota.errors import InputError


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column that a table may have.

    Args:
        name: what it is called here.
        also: other names for it; letter case and punctuation do not matter.
        kind: of its cells.
        least: numbers below this are refused.
        required: whether a table without it is refused.
        default: for empty cells; None: an empty cell of a required column is refused, and one of
            another column is an empty text or not a number.
        means: what belongs there, for messages.
    """

    name: str
    also: tuple[str, ...] = ()
    kind: Literal["text", "number"] = "text"
    least: float | None = None
    required: bool = True
    default: str | float | None = None
    means: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All names it goes by, the preferred one first."""
        return (self.name, *self.also)


class Columns(msgspec.Struct, frozen=True):
    """What a table holds.

    Args:
        path: the file.
        values: array of each column that was found, by its name here: texts (object) or numbers.
        coded: of each column of texts, the number of each row's text, and the texts by number.
        lines: line of each row in the file [1…].
    """

    path: Path
    values: Mapping[str, NDArray[Any]]
    coded: Mapping[str, tuple[NDArray[np.int64], NDArray[np.object_]]]
    lines: Sequence[int]

    def __len__(self) -> int:
        return len(self.lines)

    def where(self, row: int) -> str:
        """The place of a row, for messages."""
        return f"{self.path.name} line {self.lines[row]}"


def read_columns(path: Path, wanted: Sequence[Column], form: CsvTable | None = None) -> Columns:
    """Read the wanted columns of a ``.csv``, ``.csv.gz`` or ``.parquet`` table.

    Args:
        path: the file.
        wanted: its columns; others are left alone.
        form: how a text table is written.

    Raises:
        InputError: a required column is missing, or a cell is empty, no number or too small; says
            the line.
        ConnectError: the file cannot be read.
    """
    with open_rows(path, form) as rows:
        found = _resolve(path, rows.columns, wanted)
        fast = _fast(path, found, form)
        if fast is not None:
            return fast
        cells, lines = [], []
        take = [(rows.columns.index(title), _reader(column)) for title, column in found]
        for number, row in rows.rows:
            if len(row) != len(rows.columns):
                raise InputError(
                    f"{path.name} line {number}: {len(row)} cells for {len(rows.columns)} columns"
                )
            cells.append([read(row[k], path, number) for k, read in take])
            lines.append(number)
    values = {
        column.name: np.array([row[k] for row in cells], dtype=_dtype(column))
        for k, (_, column) in enumerate(found)
    }
    coded = {
        column.name: _code(values[column.name]) for _, column in found if column.kind == "text"
    }
    return Columns(path, values, coded, lines)


def _code(texts: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    labels, codes = np.unique(texts, return_inverse=True)
    return codes.astype(np.int64), labels.astype(object)


def _resolve(
    path: Path, titles: Sequence[str], wanted: Sequence[Column]
) -> list[tuple[str, Column]]:
    by_key = {_key(title): title for title in reversed(titles)}
    found = []
    for column in wanted:
        title = next((by_key[_key(name)] for name in column.names if _key(name) in by_key), None)
        if title is not None:
            found.append((title, column))
        elif column.required:
            means = f" ({column.means})" if column.means else ""
            raise InputError(
                f"{path.name} has no column {column.name!r}{means}; it has {', '.join(titles)}",
                hint=f"call it {', '.join(column.names)}",
            )
    return found


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def _dtype(column: Column) -> Any:
    return np.float64 if column.kind == "number" else object


def _reader(column: Column) -> Callable[[Any, Path, int], Any]:
    def read(cell: Any, path: Path, line: int) -> Any:
        where = f"{path.name} line {line}, {column.name}"
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            if column.default is not None:
                return column.default
            if column.required:
                raise InputError(f"{where}: no value", hint=column.means or None)
            return math.nan if column.kind == "number" else ""
        if column.kind == "text":
            return str(cell).strip()
        try:
            number = float(cell)
        except (TypeError, ValueError) as error:
            raise InputError(f"{where}: {cell!r} is not a number") from error
        if not math.isfinite(number):
            raise InputError(f"{where}: {cell!r} is not finite")
        if column.least is not None and number < column.least:
            raise InputError(
                f"{where}: {number:g} is less than {column.least:g}", hint=column.means or None
            )
        return number

    return read


def _fast(path: Path, found: Sequence[tuple[str, Column]], form: CsvTable | None) -> Columns | None:
    """The columns by Arrow's own reader; None where a row must be looked at closely."""
    import pyarrow as pa

    table = _arrow(path, found, form)
    if table is None:
        return None
    values: dict[str, NDArray[Any]] = {}
    coded: dict[str, tuple[NDArray[np.int64], NDArray[np.object_]]] = {}
    for title, column in found:
        cells = table.column(title)
        if cells.null_count:
            return None
        if column.kind == "text":
            once = cells.unify_dictionaries().combine_chunks()
            once = once.combine_chunks() if isinstance(once, pa.ChunkedArray) else once
            labels = once.dictionary.to_numpy(zero_copy_only=False).astype(object)
            codes = once.indices.to_numpy(zero_copy_only=False).astype(np.int64)
            if any(text != text.strip() or not text for text in labels):
                return None
            coded[column.name], values[column.name] = (codes, labels), labels[codes]
        else:
            numbers = cells.to_numpy(zero_copy_only=False).astype(np.float64)
            low = -math.inf if column.least is None else column.least
            if not (np.isfinite(numbers).all() and (numbers >= low).all()):
                return None
            values[column.name] = numbers
    return Columns(path, values, coded, range(2, table.num_rows + 2))


def _arrow(path: Path, found: Sequence[tuple[str, Column]], form: CsvTable | None) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    if form is not None or path.suffix not in (".csv", ".gz"):
        return None
    types = {
        title: pa.float64() if column.kind == "number" else pa.dictionary(pa.int32(), pa.string())
        for title, column in found
    }
    convert = csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=["", *CsvTable().missing],
        strings_can_be_null=True,
    )
    try:
        return csv.read_csv(path, convert_options=convert)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
