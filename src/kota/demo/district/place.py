"""Where the invented town lies: its own metres, and longitude and latitude."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NAME: Final = "Kuala Lestari"
"""An invented town; *kuala* is a river mouth, *lestari* means everlasting."""

ORIGIN: Final = (103.4480, 3.0650)
"""South-west corner [degrees east, north]: an empty stretch of a real coast, no real town."""

TIME_ZONE: Final = "Asia/Kuala_Lumpur"

WIDTH: Final = 1700.0
HEIGHT: Final = 1350.0
MARGIN: Final = 2500.0
"""Land and water are drawn this far [m] beyond the town on every side."""

_METRES_PER_DEGREE: Final = 111_320.0
_EAST: Final = _METRES_PER_DEGREE * float(np.cos(np.radians(ORIGIN[1])))


def to_degrees(points: Floats) -> Floats:
    """Turn town metres (east, north) `(n, 2)` into longitude and latitude `(n, 2)`.

    The plane touches the Earth at the origin; within the town the error is below 5 cm.

    >>> [round(float(v), 4) for v in to_degrees(np.array([[0.0, 1113.2]]))[0]]
    [103.448, 3.075]
    """
    scale = np.array([_EAST, _METRES_PER_DEGREE])
    degrees: Floats = np.array(ORIGIN) + np.asarray(points, dtype=np.float64)[:, :2] / scale
    return degrees.round(7)


def geojson(shape: shapely.Geometry) -> dict[str, object]:
    """A shape in town metres as a GeoJSON geometry in degrees."""
    text = shapely.to_geojson(shapely.transform(shape, to_degrees))
    return msgspec.json.decode(text, type=dict[str, object])
