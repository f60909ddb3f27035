"""When to stop."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """Time that runs out.

    Args:
        seconds: from now [s].
        clock: seconds that only grow.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, 0 at the least."""
        return max(self._end - self._clock(), 0.0)

    def share(self, part: float) -> Deadline:
        """A deadline after a part of the time that is left."""
        return Deadline(self.left * part, self._clock)

    def __bool__(self) -> bool:
        """Whether there is time left."""
        return self._clock() < self._end
