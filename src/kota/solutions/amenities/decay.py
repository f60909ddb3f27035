"""How willingness to travel falls with what travel costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError

Floats = NDArray[np.float64]
Weigh = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Decay:
    """A weight from 0 to 1 by the cost of travel.

    Args:
        name: how it is written, as `read_decay` reads it.
        weigh: costs of any shape to weights.
    """

    name: str
    weigh: Weigh

    def __call__(self, cost: Floats) -> Floats:
        return self.weigh(cost)


def binary() -> Decay:
    """Every cost weighs the same; a cut-off is set apart."""
    return Decay("binary", np.ones_like)


def stepwise(steps: Mapping[float, float]) -> Decay:
    """The weight of the first step whose cost is not exceeded; beyond the last, nothing.

    Args:
        steps: weight by largest cost.

    >>> stepwise({10: 1.0, 20: 0.68})(np.array([10.0, 10.1, 21.0])).tolist()
    [1.0, 0.68, 0.0]
    """
    tops = np.array(sorted(steps), dtype=np.float64)
    weights = np.array([*(steps[top] for top in sorted(steps)), 0.0])

    def weigh(cost: Floats) -> Floats:
        found: Floats = weights[np.searchsorted(tops, cost, side="left")]
        return found

    shown = ",".join(f"{top:g}={weight:g}" for top, weight in sorted(steps.items()))
    return Decay(f"step:{shown}", weigh)


def gaussian(sigma: float) -> Decay:
    """``exp(−cost² / 2σ²)``."""
    return Decay(f"gaussian:{sigma:g}", lambda cost: np.exp(-((cost / sigma) ** 2) / 2))


def exponential(scale: float) -> Decay:
    """``exp(−cost / scale)``."""
    return Decay(f"exponential:{scale:g}", lambda cost: np.exp(-cost / scale))


def inverse_power(scale: float, power: float, least: float) -> Decay:
    """``(max(cost, least) / scale)^−power``.

    Args:
        scale: cost of weight 1.
        power: above zero.
        least: smaller costs count as this, as the power is infinite at zero.
    """
    name = f"power:{scale:g},{power:g},{least:g}"
    return Decay(name, lambda cost: (np.maximum(cost, least) / scale) ** -power)


E2SFCA_STEPS: Final = stepwise({10: 1.0, 20: 0.68, 30: 0.22})
"""Weights by minutes of Luo and Qi 2009, doi:10.1016/j.healthplace.2009.06.002."""

THREE_STEPS: Final = stepwise({10: 0.962, 20: 0.704, 30: 0.377, 60: 0.042})
"""Weights by minutes of Wan, Zou and Sternberg 2012, doi:10.1080/13658816.2011.624987."""


def read_decay(text: str) -> Decay:
    """A decay as people write it.

    Args:
        text: ``binary``, ``step:600=1,1200=0.68``, ``gaussian:SIGMA``, ``exponential:SCALE`` or
            ``power:SCALE,POWER,LEAST``; costs are in the units of the cost table.

    Raises:
        InputError: it is none of these, or a number is missing or out of range.

    >>> read_decay("gaussian:600")(np.array([600.0])).round(4).tolist()
    [0.6065]
    """
    kind, _, rest = text.partition(":")
    kind = kind.strip().lower()
    if kind in ("binary", "none") and not rest:
        return binary()
    if kind in ("step", "steps", "stepwise"):
        return stepwise(_steps(text, rest))
    makers: dict[str, tuple[int, Callable[..., Decay]]] = {
        "gaussian": (1, gaussian),
        "exponential": (1, exponential),
        "power": (3, inverse_power),
    }
    if kind not in makers:
        raise InputError(
            f"weights {text!r}: there is no decay {kind!r}",
            hint="write binary, step:600=1,1200=0.68, gaussian:600, exponential:600 or "
            "power:600,1.5,60",
        )
    count, make = makers[kind]
    numbers = _numbers(text, rest.split(","))
    if len(numbers) != count or min(numbers) <= 0:
        raise InputError(f"weights {text!r}: {kind} takes {count} numbers above zero")
    return make(*numbers)


def _steps(text: str, rest: str) -> dict[float, float]:
    pairs = [part.replace("=", ":").split(":") for part in rest.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise InputError(f"weights {text!r}: write cost=weight for each step, step:10=1,20=0.68")
    tops = _numbers(text, [pair[0] for pair in pairs])
    weights = _numbers(text, [pair[1] for pair in pairs])
    if len(set(tops)) < len(tops) or min(weights) < 0 or min(tops) < 0:
        raise InputError(f"weights {text!r}: costs must differ and nothing be below zero")
    return dict(zip(tops, weights, strict=True))


def _numbers(text: str, parts: list[str]) -> list[float]:
    try:
        numbers = [float(part) for part in parts]
    except ValueError as error:
        raise InputError(f"weights {text!r}: {error}") from error
    if not np.isfinite(numbers).all():
        raise InputError(f"weights {text!r}: a number is not finite")
    return numbers
