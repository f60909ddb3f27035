"""Conditions on what an entity is and was: alarms and rules judge by the same code."""

from kota.operate.conditions.condition import Condition

__all__ = ["Condition"]
