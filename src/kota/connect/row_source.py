"""Rows of a CSV file, also compressed, or of a Parquet file, read as a stream."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from kota.errors import ConnectError

_BATCH = 4096


class CsvTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[csv]``: how a text table is written.

    Args:
        delimiter: between cells; guessed from the header where absent.
        decimal: mark of fractions, ``.`` or ``,``.
        encoding: of the text.
        missing: cells that mean "no value", besides empty ones.
    """

    delimiter: str | None = None
    decimal: str = "."
    encoding: str = "utf-8-sig"
    missing: tuple[str, ...] = ("NA", "N/A", "NaN", "nan", "null", "NULL", "-")


class Rows(msgspec.Struct, frozen=True):
    """An open table.

    Args:
        columns: their names.
        rows: pairs of line (CSV) or row (Parquet) number [1…] and cells; None is no value.
        total: how many rows there are, None where unknown.
    """

    columns: list[str]
    rows: Iterator[tuple[int, list[Any]]]
    total: int | None = None


@contextmanager
def open_rows(path: Path, form: CsvTable | None = None) -> Iterator[Rows]:
    """Open a table: ``.csv``, ``.csv.gz`` or ``.parquet``.

    Raises:
        ConnectError: the file cannot be read, or is no such table.
    """
    try:
        if path.suffix == ".parquet":
            yield _parquet(path)
            return
        with _text(path, form or CsvTable()) as text:
            yield _csv(path, text, form or CsvTable())
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise ConnectError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ConnectError(
            f"{path}: not {error.encoding} text", hint='set encoding under [csv], as "latin-1"'
        ) from error


@contextmanager
def _text(path: Path, form: CsvTable) -> Iterator[io.TextIOBase]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding=form.encoding, newline="") as text:
            yield text
    else:
        with path.open(encoding=form.encoding, newline="") as text:
            yield text


def _csv(path: Path, text: io.TextIOBase, form: CsvTable) -> Rows:
    header = text.readline()
    if not header.strip():
        raise ConnectError(f"{path}: the first line has no column names")
    delimiter = form.delimiter or max(",;\t|", key=header.count)
    columns = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    _check_columns(path, columns)
    missing = frozenset(("", *form.missing))

    def rows() -> Iterator[tuple[int, list[Any]]]:
        reader = csv.reader(text, delimiter=delimiter)
        try:
            for cells in reader:
                if cells:
                    yield reader.line_num + 1, [None if one in missing else one for one in cells]
        except csv.Error as error:
            raise ConnectError(f"{path} line {reader.line_num + 1}: {error}") from error

    return Rows(columns, rows())


def _parquet(path: Path) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise ConnectError(f"{path}: not a Parquet file: {error}") from error
    columns: list[str] = file.schema_arrow.names
    _check_columns(path, columns)

    def rows() -> Iterator[tuple[int, list[Any]]]:
        number = 0
        for batch in file.iter_batches(_BATCH):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield number, list(cells)

    return Rows(columns, rows(), file.metadata.num_rows)


def _check_columns(path: Path, columns: list[str]) -> None:
    twice = {name for name in columns if columns.count(name) > 1}
    if twice:
        raise ConnectError(f"{path}: the column {sorted(twice)[0]!r} occurs twice")
