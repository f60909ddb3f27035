"""Attacks and faults in the telemetry of a water network, found by what cannot be true together."""
