"""What can be commanded in a water network, and what must hold before it is.

A pump has three settings: running, standing, and ``AUTO``, in which its own controller switches it
by the level of its tank. That is the safe state: where data are stale or the link is lost, the
controller on site decides.
"""

from __future__ import annotations

from typing import Final

from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.interlock import MaximumStarts, MinimumTime, Range, Rate, Requires
from kota.solutions.water.sections import CLOSED, OPEN
from kota.solutions.water.terms import METRE

RUN: Final = "OPEN"
STAND: Final = "CLOSED"
AUTO: Final = "AUTO"
SETTINGS: Final = (RUN, STAND, AUTO)

_MINUTE = 60.0
_HOUR = 3600.0

PUMP: Final = ActuatorDefinition(
    id="water.pump",
    title="Switch the pump",
    type="Pump",
    command="control",
    feedback="control",
    values=SETTINGS,
    confirm_within=3 * _MINUTE,
    expire_after=5 * _MINUTE,
    fresh=15 * _MINUTE,
    safe=AUTO,
    undo_within=15 * _MINUTE,
    permission="water.command",
    consequence=(
        "Running, it fills its tank; standing, the tank falls and pressure with it. In AUTO its "
        "own controller switches it by the tank's level."
    ),
    interlocks=(
        Requires(
            words="The tank that it fills is nearly full",
            via="fills",
            attribute="level",
            compare="<",
            against="maxLevel",
            margin=-0.5,
            fresh=30 * _MINUTE,
            only=(RUN,),
        ),
        Requires(
            words="The tank that it fills is nearly empty",
            via="fills",
            attribute="level",
            compare=">",
            against="minLevel",
            margin=1.0,
            fresh=30 * _MINUTE,
            only=(STAND,),
        ),
        MinimumTime(words="Running time is too short", at=RUN, seconds=15 * _MINUTE, only=(STAND,)),
        MinimumTime(
            words="Standing time is too short", at=STAND, seconds=10 * _MINUTE, only=(RUN,)
        ),
        MaximumStarts(words="The motor is too hot", at=RUN, count=4, seconds=_HOUR),
    ),
)

VALVE: Final = ActuatorDefinition(
    id="water.valve",
    title="Set the pressure behind the valve",
    type="Valve",
    command="setting",
    feedback="setting",
    unit=METRE,
    tolerance=0.5,
    confirm_within=5 * _MINUTE,
    expire_after=5 * _MINUTE,
    fresh=30 * _MINUTE,
    two_person=True,
    permission="water.command",
    consequence="Every customer behind the valve gets this pressure; a jump can burst a main.",
    interlocks=(
        Range(words="Pressure must suit customers and pipes", low=15.0, high=80.0),
        Rate(words="The pressure would jump", by=10.0, within=5 * _MINUTE),
    ),
)

SECTION_VALVE: Final = ActuatorDefinition(
    id="water.section-valve",
    title="Open or shut the valve",
    type="SectionValve",
    command="control",
    feedback="control",
    values=(OPEN, CLOSED),
    confirm_within=5 * _MINUTE,
    expire_after=_HOUR,
    fresh=45 * _MINUTE,
    two_person=True,
    undo_within=15 * _MINUTE,
    permission="water.command",
    consequence=(
        "Shut, it parts the network: whoever is fed through it alone has no water. Opened, it "
        "fills what was shut off; a pipe that leaks floods."
    ),
    interlocks=(
        MinimumTime(
            words="A valve that turns to and fro makes the water hammer",
            at=CLOSED,
            seconds=2 * _MINUTE,
            only=(OPEN,),
        ),
        MaximumStarts(
            words="A valve that turns to and fro makes the water hammer",
            at=CLOSED,
            count=3,
            seconds=_HOUR,
        ),
    ),
)

ACTUATORS: Final = (PUMP, VALVE, SECTION_VALVE)
