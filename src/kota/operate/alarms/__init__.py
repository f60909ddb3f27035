"""Alarms by ISA-18.2 (IEC 62682): what may need an operator, told once and followed to its end."""

from kota.operate.alarms.definition import AlarmDefinition, Suppression
from kota.operate.conditions.condition import Condition

__all__ = ["AlarmDefinition", "Condition", "Suppression"]
