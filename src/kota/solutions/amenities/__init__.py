"""Amenities: how well people reach them, and where the next ones should be."""
