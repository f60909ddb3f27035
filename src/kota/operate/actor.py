"""Who did something."""

from __future__ import annotations

from typing import Final

import msgspec


class Actor(msgspec.Struct, frozen=True):
    """A person, or a part of Kota, that acts.

    Args:
        name: as it stands in the journal.
        role: its duty, in one word.
    """

    name: str
    role: str


SYSTEM: Final = Actor("Kota", "system")
"""Whatever happens by itself: a condition that begins or ends, a time that is over."""
