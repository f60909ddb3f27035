"""How each connection to the field is doing, for the operator to see."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["starting", "connected", "waiting", "failed", "stopped"]


class Health(msgspec.Struct):
    """The present state of one connection; shared by whoever shows it.

    Args:
        name: what it connects to, for example ``mqtt://localhost:1883``.
        state: ``waiting`` is being tried again, ``failed`` needs a person.
        detail: what is wrong and what to do; empty where all is well.
        since: instant of the last change of state; 0 before the first.
    """

    name: str
    state: State = "starting"
    detail: str = ""
    since: int = 0

    def become(self, state: State, detail: str = "", *, at: int) -> None:
        """Change to a state; the instant moves only where the state does."""
        if state != self.state:
            self.since = at
        self.state, self.detail = state, detail
