"""Counts of people cleaned, and forecast hours to weeks ahead."""
