"""The examples in the documentation of siting run."""

from __future__ import annotations

import doctest
import importlib

import numpy as np
import pytest


@pytest.mark.parametrize("name", ["median", "remedies", "solution", "solve"])
def test_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(f"kota.solutions.amenities.siting.{name}")
    outcome = doctest.testmod(module, extraglobs={"np": np})
    assert (outcome.failed, outcome.attempted > 0) == (0, True)
