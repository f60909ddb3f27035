"""Leaks found from pressures and flows: when they begin, how large they are, at which pipe."""
