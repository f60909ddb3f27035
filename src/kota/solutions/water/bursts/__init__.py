"""Bursts: found within minutes from what meters and loggers say, against learned normal."""
