"""The command ``kota``."""

from __future__ import annotations

import os
import sys

import typer
from rich.console import Console

from kota import __version__
from kota.errors import KotaError

app = typer.Typer(
    name="kota",
    help="One live model of a city.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run a command; an error is said in one line and ends with status 1."""
    # Kota's matrices are small: a second thread of BLAS waits seven times as long as it works.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from kota.cli.registry import register_all

        register_all(app)
        app()
    except KotaError as error:
        Console(stderr=True, soft_wrap=True).print(f"[red]kota:[/] {error}", highlight=False)
        sys.exit(1)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"kota {__version__}")
        raise typer.Exit


@app.callback()
def kota(
    version: bool = typer.Option(
        False, "--version", help="Say the version and exit.", callback=_show_version, is_eager=True
    ),
) -> None:
    """One live model of a city."""
