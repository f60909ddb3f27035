"""District metered areas: their balance, their losses, and where to look for them first."""
