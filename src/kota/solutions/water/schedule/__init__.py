"""Pump schedules: which pumps run when in the coming day, for the least cost of energy."""
