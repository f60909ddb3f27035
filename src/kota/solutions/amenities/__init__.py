"""Amenities: who can reach what on foot, and where new places would help most."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kota.solution import Solution
from kota.solutions.amenities.terms import TERMS

if TYPE_CHECKING:
    import typer


def _commands() -> typer.Typer:
    from kota.solutions.amenities.cli import make_commands

    return make_commands()


solution = Solution(
    name="amenities",
    title="Amenities",
    alias="amenities",
    description="Measures who can reach which places on foot, and finds where new ones help most.",
    terms=TERMS,
    commands=_commands,
    phrases=Path(__file__).parent / "phrases",
)
