"""What may stand in a table's map: which columns are time, entity and attributes."""

from __future__ import annotations

from typing import Literal

import msgspec

from kota.connect.local_time import Gap, Repeated
from kota.connect.profile_format import AttributeTable, EntityTable
from kota.connect.row_source import CsvTable


class TimeColumn(msgspec.Struct, frozen=True, kw_only=True):
    """``[time]``: when a row was true.

    Args:
        column: holds the time.
        format: ``iso``, ``unix`` (seconds), ``unix-ms``, or a pattern such as ``%d/%m/%Y %H:%M``.
        zone: IANA zone of times that do not say theirs; UTC where absent.
        repeated: what to take of an hour that occurs twice; see `LocalTimes`.
        gap: what to do with a time that clocks left out; see `LocalTimes`.
    """

    column: str
    format: str = "iso"
    zone: str | None = None
    repeated: Repeated = "order"
    gap: Gap = "skip"


class ReferenceTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[[reference]]``: a second table that says what does not change, such as places.

    Args:
        file: beside the data file, or beside the map.
        key: column that names the entity.
        equals: template of the key over the names of the data; ``{<key>}`` where absent.
        csv: how it is written.
        attribute: what to take from it.
    """

    file: str
    key: str
    equals: str | None = None
    csv: CsvTable = CsvTable()
    attribute: tuple[AttributeTable, ...] = ()


class MapTable(msgspec.Struct, frozen=True, kw_only=True):
    """A whole map file.

    Args:
        entity: which entity a value is about; the id is a template over the columns of a long
            table, or over ``{column}`` and the names in the patterns of a wide one.
        time: when it was true.
        layout: ``long``: one row for each entity and time; ``wide``: one row for each time, one
            column for each series.
        csv: how the table is written.
        attribute: `from` is a column, in a wide table a pattern of columns such as
            ``P_{station}``; every other column where absent. `when` gives columns and the text
            they must hold.
        reference: tables of what does not change.
        topic: MQTT topic to replay to, a template like the entity's id.
    """

    entity: EntityTable
    time: TimeColumn
    layout: Literal["long", "wide"] = "long"
    csv: CsvTable = CsvTable()
    attribute: tuple[AttributeTable, ...]
    reference: tuple[ReferenceTable, ...] = ()
    topic: str | None = None
