"""Sensor Measurement Lists (RFC 8428): packs of records that share base name, time and unit."""

from __future__ import annotations

from typing import Any, Final

RELATIVE_BELOW: Final = 2**28
"""Times below this [s] count from now (RFC 8428, 4.5.3)."""


def read_senml(pack: list[Any]) -> list[tuple[dict[str, Any], float]]:
    """Resolve a pack into measures, one group for each time.

    Args:
        pack: the records, decoded.

    Returns:
        Pairs of values by resolved name, and time [s]: since the epoch, or from now where below
        `RELATIVE_BELOW`.

    Raises:
        ValueError: a record that is no object, has no name, or a base or value of the wrong type.

    >>> read_senml([{"bn": "dev:", "bt": 1.6e9, "n": "t", "v": 20.5}])
    [({'dev:t': 20.5}, 1600000000.0)]
    """
    base_name, base_time, base_value = "", 0.0, 0.0
    groups: dict[float, dict[str, Any]] = {}
    for i, record in enumerate(pack):
        if not isinstance(record, dict):
            raise ValueError(f"record {i}: expected an object")
        base_name = str(record.get("bn", base_name))
        base_time = _number(record, "bt", base_time, i)
        base_value = _number(record, "bv", base_value, i)
        value = _value(record, base_value, i)
        if value is None:
            continue
        name = base_name + str(record.get("n", ""))
        if not name:
            raise ValueError(f"record {i}: no name")
        time = base_time + _number(record, "t", 0.0, i)
        groups.setdefault(time, {})[name] = value
    return [(values, time) for time, values in groups.items()]


def _number(record: dict[str, Any], key: str, default: float, i: int) -> float:
    value = record.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"record {i}: {key} is {value!r}, expected a number")
    return float(value)


def _value(record: dict[str, Any], base: float, i: int) -> Any:
    if "v" in record or "bv" in record:
        return base + _number(record, "v", 0.0, i)
    for key in ("vs", "vb", "vd"):
        if key in record:
            return record[key]
    return None
