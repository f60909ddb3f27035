"""Sewage and storm water: gates, weirs and pumps that use every cubic metre of storage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kota.solution import Solution

if TYPE_CHECKING:
    import typer

    from kota.solutions.sewage.config import ControlConfig
    from kota.solutions.sewage.control import Controller


def controller(config: Mapping[str, Any] | ControlConfig) -> Controller:
    """A controller that any simulator or site can drive, see `kota.solutions.sewage.control`.

    Args:
        config: the fields of `kota.solutions.sewage.config.ControlConfig`, ``from`` for
            `from_node`.

    Raises:
        ConfigurationError: names the field that is wrong and what was expected.
    """
    from kota.solutions.sewage.control import controller as make_controller

    return make_controller(config)


def _commands() -> typer.Typer:
    from kota.solutions.sewage.cli import make_commands

    return make_commands()


solution = Solution(
    name="sewage",
    title="Sewage and storm water",
    alias="sewage",
    description="Controls gates, weirs and pumps of sewers, and compares control with none.",
    commands=_commands,
    phrases=Path(__file__).parent / "phrases",
)
