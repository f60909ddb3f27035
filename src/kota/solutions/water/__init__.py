"""Drinking water: the live network, its balance and its tanks."""

from kota.solution import Solution

solution = Solution(
    name="water",
    title="Drinking water",
    alias="water",
    description="Watches the drinking water network: balance, tanks and pumps.",
)
