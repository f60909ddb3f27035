"""Which modules bring commands, imported only when a command runs."""

from __future__ import annotations

import importlib
from typing import Final

import typer

MODULES: Final = ("serve", "demo", "query", "keep", "imports", "replay", "doctor", "devices")


def register_all(app: typer.Typer) -> None:
    """Add every command to the application."""
    for name in MODULES:
        importlib.import_module(f"kota.cli.{name}").register(app)
