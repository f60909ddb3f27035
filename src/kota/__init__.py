"""Kota: one live model of a city."""

__version__ = "0.1.0"
