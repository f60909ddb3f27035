"""The examples in the documentation of the data model, and in its docstrings, are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import kota.model

ROOT = Path(__file__).parents[2]
MODULES = [found.name for found in pkgutil.walk_packages(kota.model.__path__, "kota.model.")]


def test_examples_on_the_page_are_true() -> None:
    outcome = doctest.testfile(str(ROOT / "docs" / "model.md"), module_relative=False)
    assert outcome.attempted > 20
    assert outcome.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
