"""Cells of tables as raw values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kota.connect.profile_format import AttributeTable
from kota.connect.raw_values import is_numeric

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)?\.?\d+(?:[eE][+-]?\d+)?")


def cell_reader(table: AttributeTable, decimal: str) -> Callable[[Any], Any]:
    """How a cell becomes the raw value of an attribute; None is no value.

    Args:
        table: what the map says of the attribute.
        decimal: mark of fractions in text, ``.`` or ``,``.
    """
    if table.type == "text" or table.values is not None or table.prefix is not None:
        return lambda cell: None if cell is None else str(cell)
    strict = is_numeric(table) or table.type in ("number", "integer")
    comma = decimal == ","

    def read(cell: Any) -> Any:
        if isinstance(cell, str):
            text = cell.strip()
            if comma and (strict or _NUMBER.fullmatch(text.replace(",", "."))):
                text = text.replace(".", "").replace(",", ".")
            return text if strict else guess(text)
        return plain(cell)

    return read


def guess(text: str) -> Any:
    """A number, a truth value, or the text itself; ``007`` stays text.

    >>> guess("12"), guess("1.50"), guess("007"), guess("true"), guess("x")
    (12, 1.5, '007', True, 'x')
    """
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and not re.match(r"-?0\d", text):
        return float(text)
    return {"true": True, "false": False}.get(text.lower(), text)


def plain(cell: Any) -> Any:
    """A typed cell as JSON has it; not a number (NaN) is no value."""
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if hasattr(cell, "item"):
        return plain(cell.item())
    return cell
