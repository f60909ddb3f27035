"""The tasks of the sewage solution."""

from __future__ import annotations

from typing import Final

from kota.model.instant import MINUTE
from kota.solution import Periodic
from kota.solutions.sewage.foreseeing import state_outlook
from kota.solutions.sewage.operating import control
from kota.solutions.sewage.watching import state_flows, state_stores

TASKS: Final = (
    Periodic(
        name="stores",
        title="State how full stores and sewers are, and how pumps do",
        period=5 * MINUTE,
        run=state_stores,
    ),
    Periodic(
        name="flows",
        title="Learn the dry-weather flow and what rain adds",
        period=15 * MINUTE,
        run=state_flows,
    ),
    Periodic(
        name="outlook",
        title="Foresee overflow and flooding",
        period=10 * MINUTE,
        run=state_outlook,
    ),
    Periodic(name="control", title="Move the gates", period=5 * MINUTE, run=control),
)
