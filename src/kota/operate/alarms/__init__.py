"""Alarms by ISA-18.2 (IEC 62682): what may need an operator, told once and followed to its end."""

from kota.operate.alarms.definition import AlarmDefinition, Condition, Suppression

__all__ = ["AlarmDefinition", "Condition", "Suppression"]
