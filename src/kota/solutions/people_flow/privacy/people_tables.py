"""Files with a row for each time that a person was somewhere: read whole, checked, never shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError

if TYPE_CHECKING:
    import pyarrow as pa

FIRST_ROW = 2
"""Line of a CSV file's first row of data."""

Ints = NDArray[np.int64]


def read_table(path: Path, texts: Sequence[str], others: Sequence[str]) -> pa.Table:
    """Read columns of a ``.csv``, ``.csv.gz`` or ``.parquet`` file.

    Args:
        path: the file.
        texts: columns that are names, whatever they look like.
        others: columns whose type shows.

    Raises:
        SolutionError: the file cannot be read, or a column is missing.
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    wanted = [*texts, *others]
    try:
        if path.name.endswith(".parquet"):
            found = parquet.read_schema(path).names
            _check_columns(path, wanted, found)
            table = parquet.read_table(path, columns=wanted)
            for name in texts:
                column = table.column(name).cast(pa.string())
                table = table.set_column(table.schema.get_field_index(name), name, column)
            return table
        options = csv.ConvertOptions(
            include_columns=wanted,
            column_types={name: pa.string() for name in texts},
            strings_can_be_null=False,
            include_missing_columns=True,
        )
        _check_columns(path, wanted, _header(path))
        return csv.read_csv(path, convert_options=options)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def numbers_of(path: Path, table: pa.Table, name: str) -> NDArray[np.float64]:
    """A column as finite numbers `(n_rows,)`.

    Raises:
        SolutionError: a cell is none; names its row.
    """
    import pyarrow as pa

    column = table.column(name).combine_chunks()
    if pa.types.is_string(column.type):
        for row, text in enumerate(column.to_pylist()):
            _number(path, row, name, text)
    try:
        values: NDArray[np.float64] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowException as error:
        raise SolutionError(f"{path}: column {name!r} holds no numbers") from error
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise fault(path, int(wrong[0]), f"{name} is missing or not finite; expected a number")
    return values


def names_of(path: Path, table: pa.Table, name: str) -> tuple[Ints, list[str]]:
    """A column of names as numbers `(n_rows,)` and the names that they stand for.

    Raises:
        SolutionError: a cell is empty; names its row.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pc.utf8_trim_whitespace(table.column(name).combine_chunks())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    empty = np.flatnonzero(pc.fill_null(pc.equal(column, ""), True).to_numpy(zero_copy_only=False))
    if len(empty):
        raise fault(path, int(empty[0]), f"{name} is empty; expected a name")
    coded = pc.dictionary_encode(column)
    codes: Ints = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, coded.dictionary.to_pylist()


def times_of(path: Path, table: pa.Table, name: str, zone: ZoneInfo) -> tuple[Ints, Ints]:
    """A column of times: instants and the zone's wall clock, both [µs] `(n_rows,)`.

    A time without an offset is of the zone: the first of two where clocks go back, the last moment
    before where they go forward. A number is seconds since 1970.

    Raises:
        SolutionError: a cell is no time; names its row.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(name).combine_chunks()
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        micros = np.round(numbers_of(path, table, name) * 1e6).astype(np.int64)
        column = pa.array(micros, pa.timestamp("us", "UTC"))
    if not pa.types.is_timestamp(column.type):
        column = _parsed(path, name, column)
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        raise fault(path, row, f"{name} is empty; expected a time")
    column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if column.type.tz is None:
        column = pc.assume_timezone(column, zone.key, ambiguous="earliest", nonexistent="earliest")
    column = column.cast(pa.timestamp("us", zone.key))
    wall = pc.local_timestamp(column)
    return _micros(column), _micros(wall)


def digest_of(path: Path) -> bytes:
    """SHA-256 of a file's content.

    Raises:
        SolutionError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise SolutionError(f"{path}: {error.strerror}") from error


def read_places(path: Path) -> list[str]:
    """The places that are publicly known: the column ``id`` of a CSV, else its first.

    Raises:
        SolutionError: the file cannot be read, or a place is empty or stands twice.
    """
    header = _header(path)
    name = "id" if "id" in header else header[0]
    codes, places = names_of(path, read_table(path, [name], []), name)
    if not places:
        raise SolutionError(f"{path}: no place; expected a row for each")
    seen: set[int] = set()
    for row, code in enumerate(codes.tolist()):
        if code in seen:
            raise fault(path, row, f"{places[code]!r} stands twice")
        seen.add(code)
    return places


def write_rows(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write a CSV whole or not at all.

    Raises:
        SolutionError: it cannot be written.
    """
    import pyarrow as pa
    from pyarrow import csv

    arriving = path.with_name(path.name + ".arriving")
    try:
        csv.write_csv(pa.table({name: pa.array(list(c)) for name, c in columns.items()}), arriving)
        arriving.replace(path)
    except (OSError, pa.ArrowException) as error:
        raise SolutionError(f"{path} cannot be written: {error}") from error


def fault(path: Path, row: int, what: str) -> SolutionError:
    """What is wrong in a row, counted from 0 in the data."""
    return SolutionError(f"{path} row {row + FIRST_ROW}: {what}")


def _header(path: Path) -> list[str]:
    import pyarrow as pa
    from pyarrow import csv

    try:
        with csv.open_csv(path) as reader:
            names: list[str] = reader.schema.names
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    return names


def _unreadable(path: Path, error: Exception) -> SolutionError:
    return SolutionError(
        f"{path}: cannot be read: {str(error).splitlines()[0]}",
        hint="give a .csv, .csv.gz or .parquet file with a header",
    )


def _check_columns(path: Path, wanted: Sequence[str], found: Sequence[str]) -> None:
    for name in wanted:
        if name not in found:
            raise SolutionError(
                f"{path}: no column {name!r}", hint=f"it has {', '.join(map(repr, found[:20]))}"
            )


def _number(path: Path, row: int, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise fault(path, row, f"{name}: {text!r} is not a number") from None


def _parsed(path: Path, name: str, column: Any) -> Any:
    """Times that the reader did not know as such, parsed one by one."""
    from datetime import UTC, datetime

    import pyarrow as pa

    moments = []
    for row, text in enumerate(column.to_pylist()):
        try:
            moments.append(datetime.fromisoformat(str(text).strip()))
        except ValueError:
            raise fault(
                path, row, f"{name}: {str(text)!r} is not a time; expected 2025-11-28T10:00:05Z"
            ) from None
        if (moments[-1].tzinfo is None) != (moments[0].tzinfo is None):
            raise fault(path, row, f"{name}: some times have an offset and this or others not")
    if moments and moments[0].tzinfo is not None:
        return pa.array([one.astimezone(UTC) for one in moments], pa.timestamp("us", "UTC"))
    return pa.array(moments, pa.timestamp("us"))


def _micros(column: Any) -> Ints:
    import pyarrow as pa

    values: Ints = column.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return values
