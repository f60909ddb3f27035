"""History tables turned into arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from kota.model.instant import SECOND

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]

_BAD: Final = 8
"""Codes of `Quality` from here on are bad."""


def split(table: pa.Table) -> dict[str, tuple[Instants, Floats]]:
    """Times [s since the epoch] and numbers of each entity, oldest first, for one attribute.

    Bad values and those that are no numbers are left out.
    """
    import pyarrow as pa

    quality = table.column("quality").fill_null(0).to_numpy(zero_copy_only=False)
    numbers = table.column("number").to_numpy(zero_copy_only=False).astype(np.float64)
    instants = table.column("observed_at").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    times = instants.to_numpy(zero_copy_only=False) // SECOND
    usable = (quality < _BAD) & ~np.isnan(numbers)
    names = np.array(table.column("entity_id").to_pylist(), dtype=object)
    return {
        str(name): (times[usable & (names == name)], numbers[usable & (names == name)])
        for name in dict.fromkeys(names[usable].tolist())
    }
