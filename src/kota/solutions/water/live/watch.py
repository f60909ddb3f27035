"""Looks made into leaks that begin, go on and end, and into signals that are suspect.

A leak that nobody doubts is believed at the first look, another at the second in a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kota.model.instant import HOUR, MINUTE
from kota.solutions.water.live.explain import OBVIOUS, Leak, Lie
from kota.solutions.water.live.look import Look
from kota.solutions.water.live.observed import STEP

Floats = NDArray[np.float64]
Status = Literal["open", "isolated", "ended"]

LASTING = 3
"""Looks in a row from which on a signal that lies is suspect."""
GONE = 3
"""Looks in a row without it after which a leak is over."""
LAPSE = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Ongoing:
    """A leak that is followed.

    Args:
        since: the first moment at which it was seen [µs].
        at: the last.
        leak: what is known of it.
        drops: what it does to the pressures of the loggers [m].
        lost: water that it has let out so far [m³].
        status: whether it is open, shut off, or over.
    """

    since: int
    at: int
    leak: Leak
    drops: Floats
    lost: float = 0.0
    status: Status = "open"


@dataclass(slots=True)
class Watch:
    """Follows one network from look to look; one leak at a time."""

    ongoing: Ongoing | None = None
    lies: tuple[Lie, ...] = ()
    _hinted: int | None = None
    _missed: int = 0
    _heard: dict[tuple[str, int], int] = field(default_factory=dict)

    def see(self, look: Look, *, isolated: bool = False) -> Ongoing | None:
        """Take in a look; returns the leak as it stands, the last time as it has ended.

        Args:
            look: the next one.
            isolated: whether valves shut the leak's likeliest pipe off.
        """
        if look.judged:
            self._hear(look)
        if self.ongoing is not None and self.ongoing.status == "ended":
            self.ongoing = None
        if not look.judged or look.hides_leaks:
            return self.ongoing
        if self.ongoing is None:
            self._begin(look)
        elif look.leaks:
            self._go_on(self.ongoing, look)
        else:
            self._miss(self.ongoing, look, isolated)
        return self.ongoing

    def _hear(self, look: Look) -> None:
        """A signal is suspect once it has lied at some looks in a row."""
        told = {(lie.kind, lie.column): lie for lie in look.lies}
        self._heard = {key: self._heard.get(key, 0) + 1 for key in told}
        self.lies = tuple(told[key] for key, times in self._heard.items() if times >= LASTING)

    def _begin(self, look: Look) -> None:
        if not look.leaks:
            self._hinted = None
            return
        best = max(look.leaks, key=lambda steps: look.leaks[steps].gain)
        hinted = self._hinted is not None and look.at - self._hinted <= LAPSE
        if not hinted and look.leaks[best].gain < OBVIOUS:
            self._hinted = look.at
            return
        since = self._hinted if hinted and self._hinted is not None else look.at
        leak = look.leaks[best]
        lost = leak.flow * (look.at - since + STEP) / HOUR
        self.ongoing = Ongoing(since, look.at, leak, look.drops[best], lost)
        self._hinted, self._missed = None, 0

    def _go_on(self, now: Ongoing, look: Look) -> None:
        """The longest stretch that lies wholly in the leak's time tells most of it; its first step
        may have been half without it."""
        lasted = max((look.at - now.since) // STEP, 1)
        within = [steps for steps in look.leaks if steps <= lasted] or [min(look.leaks)]
        leak = look.leaks[max(within)]
        lost = now.lost + leak.flow * (look.at - now.at) / HOUR
        drops = look.drops[max(within)]
        self.ongoing = replace(now, at=look.at, leak=leak, drops=drops, lost=lost, status="open")
        self._missed = 0

    def _miss(self, now: Ongoing, look: Look, isolated: bool) -> None:
        self._missed += 1
        if isolated:
            self.ongoing = replace(now, at=look.at, status="isolated")
        elif self._missed >= GONE:
            self.ongoing = replace(now, at=look.at, status="ended")
