"""How much of something may be kept when it comes in floods."""

from __future__ import annotations

from kota.model.instant import SECOND


class Allowance:
    """A store of permissions that refills slowly.

    Args:
        most: permissions in a full store.
        a_second: how many come back each second.

    >>> allowance = Allowance(2, 1.0)
    >>> [allowance.take(0) for _ in range(3)], allowance.take(1_000_000)
    ([True, True, False], True)
    """

    def __init__(self, most: int, a_second: float) -> None:
        self._most = float(most)
        self._a_second = a_second
        self._left = float(most)
        self._at: int | None = None

    def take(self, now: int) -> bool:
        """Take one permission, if there is one, at an instant."""
        passed = 0 if self._at is None else max(now - self._at, 0)
        self._at = now
        self._left = min(self._most, self._left + passed / SECOND * self._a_second)
        if self._left < 1:
            return False
        self._left -= 1
        return True
