"""``kota amenities``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import typer

from kota.solutions.amenities.access_command import access
from kota.solutions.amenities.siting_cli import locate

VERBS: Final[tuple[Callable[..., Any], ...]] = (access, locate)


def make_commands() -> typer.Typer:
    """The verbs of the amenities solution."""
    app = typer.Typer(help="Access to places, and where to put them.", no_args_is_help=True)
    for verb in VERBS:
        app.command()(verb)
    app.callback()(_amenities)
    return app


def _amenities() -> None:
    """Access to places, and where to put them."""
