"""Scale and offset of raw values, without the dust of binary fractions."""

from __future__ import annotations

from collections.abc import Callable


def scaler(scale: float, offset: float) -> Callable[[float], float]:
    """The function value = scale · raw + offset.

    A scale of a tenth, a hundredth … divides, so that 12 at a scale of 0.1 gives 1.2 and not
    1.2000000000000002.

    >>> scaler(0.1, 0.0)(12)
    1.2
    """
    divisor = round(1 / scale) if 0 < abs(scale) < 1 else 0
    if divisor and 1 / divisor == scale:
        return lambda raw: raw / divisor + offset
    return lambda raw: raw * scale + offset
