"""The context broker: what is true of the city now, who changes it, and who is told."""
