"""Coordinate systems of files, brought to longitude and latitude."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError

Floats = NDArray[np.float64]


def to_degrees_from(crs: str | None, where: str) -> Callable[[Floats], Floats] | None:
    """What turns coordinates of a system into longitude and latitude of WGS 84.

    Args:
        crs: as a file names it; None: it does not.
        where: the file, for messages.

    Returns:
        A function of points `(n, 2)` or `(n, 3)`, or None where they are degrees already, or
        nothing is known: `checked_degrees` then refuses what cannot be.

    Raises:
        InputError: there is no such system.
    """
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    if crs is None:
        return None
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise InputError(f"{where}: {crs!r} is no coordinate system") from error
    if system.is_geographic and system.to_epsg() in (4326, None):
        return None
    there = Transformer.from_crs(system, "OGC:CRS84", always_xy=True)

    def moved(points: Floats) -> Floats:
        return np.column_stack([*there.transform(points[:, 0], points[:, 1]), points[:, 2:]])

    return moved
