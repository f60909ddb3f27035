"""Whether gates follow their settings, told from the flows that are measured at them.

A gate lets out `q = c u f^p`, see `observer`, so where it is the narrowest place, a step of `ln u`
brings an equal step of `ln(q / f^p)` if the gate moves, and none if it is stuck. Steps from one
reading to the next are compared, since whatever else changes the flow does so more slowly; those of
wide open gates are left out, since there other places are narrower.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from kota.solutions.sewage.observer import Flags, Floats

REMEMBERED, LEAST_COUNT = 10, 6
LEAST_SETTING, MOST_SETTING, LEAST_STEP = 0.02, 0.4, 0.3
LEAST_FILLING, LEAST_FLOW = 0.2, 1e-4
STUCK_BELOW, FREE_ABOVE = 0.2, 0.6
"""The slope at which a gate is called stuck, and that at which it is called free again."""


class Following:
    """What so many gates have done of late, arrays of shape ``(m,)``.

    Attributes:
        stuck: which do not follow their settings.
    """

    def __init__(self, exponents: Floats) -> None:
        self.stuck: Flags = np.zeros(len(exponents), dtype=bool)
        self._exponents = exponents
        self._last: list[tuple[float, float] | None] = [None] * len(exponents)
        self._steps: list[deque[tuple[float, float]]] = [
            deque(maxlen=REMEMBERED) for _ in exponents
        ]

    def update(self, settings: Floats, flows: Floats, fillings: Floats, good: Flags) -> None:
        """Take in what was let out at these settings.

        Args:
            settings: as they were since the last step [0..1].
            flows: measured at the gates, in any unit that does not change.
            fillings: of their storages [0..1].
            good: where flow and filling were both read.
        """
        opening = np.log(np.maximum(settings, LEAST_SETTING))
        head = np.maximum(fillings, LEAST_FILLING) ** self._exponents
        passing = np.log(np.maximum(flows / head, LEAST_FLOW))
        telling = good & (fillings > LEAST_FILLING) & (settings <= MOST_SETTING)
        for i in range(len(self._last)):
            if not telling[i]:
                self._last[i] = None
                continue
            last = self._last[i] or (opening[i], passing[i])
            step = opening[i] - last[0]
            self._last[i] = (opening[i], passing[i]) if abs(step) >= LEAST_STEP else last
            if abs(step) < LEAST_STEP:
                continue
            self._steps[i].append((step, passing[i] - last[1]))
            if len(self._steps[i]) >= LEAST_COUNT:
                asked, done = np.array(self._steps[i]).T
                slope = float(asked @ done) / float(asked @ asked)
                if not STUCK_BELOW <= slope <= FREE_ABOVE:
                    self.stuck[i] = slope < STUCK_BELOW
