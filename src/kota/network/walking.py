"""How long walking takes, uphill and down, and how long it feels in the sun."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SHADE_DISCOUNT: Final = 0.86
"""What a metre in the shade weighs against one in the sun, as measured in Singapore."""


def tobler_speed(slope: ArrayLike) -> Floats:
    """Walking speed [m/s] on a slope, by Tobler's hiking function.

    ``6 exp(−3.5 |slope + 0.05|)`` km/h: 5.04 km/h on the flat, fastest slightly downhill.

    Args:
        slope: rise over run in the direction of walking, any shape.

    References:
        W. Tobler, Three presentations on geographical analysis and modeling, NCGIA technical
        report 93-1, 1993, https://escholarship.org/uc/item/05r820mz.

    >>> tobler_speed([0.0, 0.1, -0.05]).round(2).tolist()
    [1.4, 0.99, 1.67]
    """
    steep = np.abs(np.asarray(slope, dtype=np.float64) + 0.05)
    return np.asarray(6.0 / 3.6 * np.exp(-3.5 * steep))


FLAT_SPEED: Final = float(tobler_speed(0.0))
"""Walking speed on the flat [m/s]."""


def walking_times(length: ArrayLike, slope: ArrayLike = 0.0) -> tuple[Floats, Floats]:
    """Time on foot [s] along ways and back against them.

    Args:
        length: of each way in plan `(n,)` [m].
        slope: rise over run of each from its start to its end, `(n,)` or one for all.

    Returns:
        Times from start to end and from end to start, each `(n,)` [s].
    """
    run = np.asarray(length, dtype=np.float64)
    rise = np.asarray(slope, dtype=np.float64)
    return run / tobler_speed(rise), run / tobler_speed(-rise)


def perceived(time: ArrayLike, shade: ArrayLike, *, discount: float = SHADE_DISCOUNT) -> Floats:
    """How long walks feel [s] that take `time` [s]: as long as walks wholly in the shade.

    Time in the sun counts ``1 / discount`` of time in the shade.

    Args:
        time: on foot, `(n,)`.
        shade: share of each way that lies in the shade, 0 to 1, `(n,)` or one for all.
        discount: weight of the shade against the sun.

    References:
        V. R. Melnikov et al., Behavioural thermal regulation explains pedestrian path choices in
        hot urban environments, Scientific Reports 12:2441, 2022, doi:10.1038/s41598-022-06383-5.

    >>> perceived([86.0, 86.0], [1.0, 0.0]).round(1).tolist()
    [86.0, 100.0]
    """
    covered = np.clip(np.asarray(shade, dtype=np.float64), 0.0, 1.0)
    return np.asarray(np.asarray(time, dtype=np.float64) * (covered + (1 - covered) / discount))
