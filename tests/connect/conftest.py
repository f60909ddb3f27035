from collections.abc import Callable
from pathlib import Path

import pytest

from kota.connect.profile import Profile, parse_profile
from kota.connect.toml_source import TomlSource
from kota.model.jsonld import kota_context


@pytest.fixture
def profile() -> Callable[[str], Profile]:
    """Makes a profile of the text of its file."""

    def make(text: str) -> Profile:
        return parse_profile(TomlSource(Path("test.toml"), text), kota_context())

    return make
