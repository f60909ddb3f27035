"""What rain may come: a set of equally likely rains, from what fell and what is forecast.

With a forecast, each member takes the forecast times a factor and moved in time. Without one, each
member lets the rain of the last half hour go on and fade, some quickly and some slowly, as storm
cells do (persistence with decay: U. Germann and I. Zawadzki, Scale-Dependence of the Predictability
of Precipitation, Monthly Weather Review 130, 2002, doi:10.1175/1520-0493(2002)130<2859>2.0.CO;2).
What fell is uncertain as well: a gauge stands for its surroundings only.
"""

from __future__ import annotations

import numpy as np

from kota.solutions.sewage.observer import Floats
from kota.solutions.sewage.rainfall import Rain

STEP_S = 300.0
FACTOR_SD, SHIFT_S, PAST_SD = 0.3, 600.0, 0.15
"""Of the forecast: standard deviations of ln of its factor and of its shift; of what fell."""
RECENT_S = 1800.0
LEAST_FADE_S, MOST_FADE_S = 600.0, 3600.0
NOW_SD = 0.3


def draw(
    past: Rain,
    forecast: Rain | None,
    *,
    begin: float,
    now: float,
    end: float,
    count: int,
    rng: np.random.Generator,
) -> list[Floats]:
    """Rains from begin to end in steps of `STEP_S`.

    Args:
        past: what fell until now, by gauge.
        forecast: of the same gauges, or None.
        begin, now, end: seconds since 1970.
        count: how many.
        rng: of the draws.

    Returns:
        So many arrays of shape ``(n_steps, n_gauges)`` [mm/h]; the first is the plain one.
    """
    moments = np.arange(begin, end, STEP_S)
    ahead = moments >= now
    fell = past.at(moments)
    recent = past.at(np.arange(now - RECENT_S, now, STEP_S)).mean(axis=0)
    lately = past.at(np.array([now - STEP_S]))[0]
    members = []
    # quantiles instead of free draws: few members cover the whole range
    ranks = (rng.permutation(count) + 0.5) / count
    for i in range(count):
        plain = i == 0
        factors = np.zeros(3) if plain else rng.standard_normal(3)
        if forecast is not None:
            coming = forecast.at(moments - SHIFT_S * factors[0]) * np.exp(FACTOR_SD * factors[1])
        else:
            fade = LEAST_FADE_S * (MOST_FADE_S / LEAST_FADE_S) ** (0.5 if plain else ranks[i])
            level = np.maximum(recent, lately) if ranks[i] > 0.5 else (recent + lately) / 2
            age = np.exp(-np.maximum(moments - now, 0.0) / fade)
            coming = age[:, None] * level * np.exp(NOW_SD * factors[1])
        past_factor = np.exp(PAST_SD * factors[2])
        members.append(np.where(ahead[:, None], coming, fell * past_factor))
    return members
