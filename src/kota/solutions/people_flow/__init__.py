"""How people move: counts cleaned and forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kota.solution import Solution

if TYPE_CHECKING:
    import typer


def _commands() -> typer.Typer:
    from kota.solutions.people_flow.cli import make_commands

    return make_commands()


solution = Solution(
    name="people_flow",
    title="People flow",
    alias="flow",
    description="Understands how people move through the city, without knowing who they are.",
    commands=_commands,
)
