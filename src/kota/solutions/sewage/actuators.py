"""What can be commanded in sewers, and what must hold before it is.

The safe state of a gate is as far open as it stands without control: what cannot be seen is not
held back. A pump's safe state is ``AUTO``: its own controller switches it by the level of its well.
"""

from __future__ import annotations

from typing import Final

from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.interlock import MaximumStarts, MinimumTime, Range, Requires
from kota.solutions.sewage.pumps import AUTO, RUN, SETTINGS, STAND
from kota.solutions.sewage.terms import SHARE

SAFE_OPENING: Final = 0.35
_MINUTE = 60.0
_HOUR = 3600.0

GATE: Final = ActuatorDefinition(
    id="sewage.gate",
    title="Set how far the gate is open",
    type="WasteWaterGate",
    command="opening",
    feedback="opening",
    unit=SHARE,
    tolerance=0.03,
    confirm_within=10 * _MINUTE,
    expire_after=5 * _MINUTE,
    fresh=15 * _MINUTE,
    safe=SAFE_OPENING,
    undo_within=15 * _MINUTE,
    permission="sewage.command",
    consequence=(
        "Closed, water is held back and the store above fills, at last over its weir into the "
        "river; open, the sewers and pumps below take it."
    ),
    interlocks=(Range(words="A gate opens from 0 to 1", low=0.0, high=1.0),),
)

PUMP: Final = ActuatorDefinition(
    id="sewage.pump",
    title="Switch the pump",
    type="WasteWaterPump",
    command="control",
    feedback="control",
    values=SETTINGS,
    confirm_within=5 * _MINUTE,
    expire_after=5 * _MINUTE,
    fresh=15 * _MINUTE,
    safe=AUTO,
    undo_within=15 * _MINUTE,
    permission="sewage.command",
    consequence=(
        "Running, it empties its well; standing, the well and the sewers behind it fill. In AUTO "
        "its own controller switches it by the level of the well."
    ),
    interlocks=(
        Requires(
            words="The pump would draw air: its well is nearly empty",
            via="startsAt",
            attribute="depth",
            compare=">",
            limit=0.5,
            fresh=15 * _MINUTE,
            only=(RUN,),
        ),
        MinimumTime(words="Standing time is too short", at=STAND, seconds=5 * _MINUTE, only=(RUN,)),
        MaximumStarts(words="The motor is too hot", at=RUN, count=8, seconds=_HOUR),
    ),
)

ACTUATORS: Final = (GATE, PUMP)
"""For any sewers that are described as WasteWaterGate and WasteWaterPump entities."""
