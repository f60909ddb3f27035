"""The examples in the documentation of schedules run."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["controls", "switching", "tariff"])
def test_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(f"kota.solutions.water.schedule.{name}")
    outcome = doctest.testmod(module)
    assert (outcome.failed, outcome.attempted > 0) == (0, True)
