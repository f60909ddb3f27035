"""A condition on one entity: a threshold, a rate, silence, a query; stated as data."""

from __future__ import annotations

from typing import Literal

import msgspec

ConditionKind = Literal[
    "high-high",
    "high",
    "low",
    "low-low",
    "rising",
    "falling",
    "deviation",
    "equals",
    "differs",
    "stale",
    "bad",
    "query",
]
Statistic = Literal["last", "mean", "least", "most"]


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is to hold. A value of bad quality is not judged, except by ``bad``.

    Args:
        kind: ``high-high``, ``high``: above the limit; ``low``, ``low-low``: below it;
            ``rising``, ``falling``: faster than the limit [unit an hour] over the window;
            ``deviation``: further from `against` than the limit; ``equals``, ``differs``: from
            `value`; ``stale``: not observed for longer than the limit [s]; ``bad``: quality at
            least as poor as `quality`; ``query``: the entity meets `q`. In TOML the key is ``is``.
        attribute: that is judged; a query needs none.
        limit: in the attribute's unit, see `kind`. Stale without a limit: three usual intervals.
        against: an attribute of the same entity. For ``high`` and ``low`` its value is added to
            the limit; for ``deviation`` it is what the value is compared with.
        lag: how old the value of `against` is to be [s]: a forecast for six hours later is
            compared with what comes 21600 s later.
        window: how far back [s] `over` and the rates look.
        over: which number of the window is judged: ``least`` above a limit means above it
            throughout.
        deadband: how far back across the limit a value must come before the condition ends.
        value: for ``equals`` and ``differs``.
        quality: for ``bad``.
        q: for ``query``, in the NGSI-LD query language.
        only_while: a query on the same entity; while it does not hold, neither does the condition.
    """

    kind: ConditionKind = msgspec.field(name="is")
    attribute: str | None = None
    limit: float | None = None
    against: str | None = None
    lag: float = 0.0
    window: float = 0.0
    over: Statistic = "last"
    deadband: float = 0.0
    value: str | float | bool | None = None
    quality: Literal["uncertain", "bad"] = "bad"
    q: str | None = None
    only_while: str | None = None
