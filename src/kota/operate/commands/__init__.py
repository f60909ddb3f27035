"""Commands to actuators: one life cycle, interlocks, modes, and a safe state."""
