"""Which modules bring commands; what they need they import when a command runs."""

from __future__ import annotations

import importlib
from typing import Final

import typer

from kota.solution import load_solutions

MODULES: Final = (
    "serve",
    "demo",
    "query",
    "keep",
    "migrate",
    "imports",
    "replay",
    "doctor",
    "devices",
    "alarms",
    "users",
    "tenants",
    "audit",
    "commands",
    "rules",
    "work",
    "notices",
    "subjects",
)


def register_all(app: typer.Typer) -> None:
    """Add Kota's own commands, and those of each solution under its alias."""
    for name in MODULES:
        importlib.import_module(f"kota.cli.{name}").register(app)
    for solution in load_solutions():
        if solution.commands is not None:
            app.add_typer(solution.commands(), name=solution.alias, help=solution.description)
