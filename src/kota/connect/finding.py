"""What an examination finds."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["good", "warning", "bad"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Args:
        check: what.
        level: how it is.
        detail: what was found.
        advice: what to set; empty where nothing is to be done.
    """

    check: str
    level: Level
    detail: str
    advice: str = ""
