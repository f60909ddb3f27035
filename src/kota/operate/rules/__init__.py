"""When–then rules over the change stream and over time, explained and audited each time."""

from kota.operate.rules.definition import RuleDefinition

__all__ = ["RuleDefinition"]
