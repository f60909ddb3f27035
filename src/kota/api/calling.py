"""Who calls, as the gate recognised it, in the scope of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kota.access.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLER: Final = "kota.caller"
"""Where the gate puts the `Caller`; absent where Kota asks nobody who he is."""


def caller_of(scope: Mapping[str, Any]) -> Caller | None:
    """The caller, or None where everybody may do everything."""
    found: Caller | None = scope.get(CALLER)
    return found
