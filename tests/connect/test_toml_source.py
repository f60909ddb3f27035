from pathlib import Path
from typing import Literal

import msgspec
import pytest

from kota.connect.toml_source import TomlSource
from kota.errors import ConfigurationError


class Inner(msgspec.Struct, frozen=True):
    size: int
    colour: Literal["red", "green"] = "red"


class Outer(msgspec.Struct, frozen=True):
    name: str
    inner: Inner | None = None
    item: tuple[Inner, ...] = ()


def source(text: str) -> TomlSource:
    return TomlSource(Path("some.toml"), text)


def refused(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        source(text).convert(Outer)
    return str(caught.value)


def test_a_right_file_becomes_the_struct() -> None:
    text = 'name = "n"\n[inner]\nsize = 1\n[[item]]\nsize = 2\ncolour = "green"\n'
    assert source(text).convert(Outer) == Outer("n", Inner(1), (Inner(2, "green"),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "some.toml line 1: Invalid value"),
        ('name = "n"\n\nother = 3', "some.toml line 3: other: unknown key"),
        ('nam = "n"', "line 1: nam: unknown key; did you mean 'name'?"),
        ("name = 3", "line 1: name: Expected str, got int"),
        ("[inner]\nsize = 1", "line 1: the key 'name' is missing"),
        ('name = "n"\n[inner]\ncolour = "red"', "line 2: inner: the key 'size' is missing"),
        ('name = "n"\n[inner]\nsize = "x"', "line 3: size: Expected int, got str"),
        (
            'name = "n"\n[[item]]\nsize = 1\n\n[[item]]\nsize = 2\ncolour = "gren"',
            "line 7: colour: 'gren' is unknown; did you mean 'green'?",
        ),
        ('name = """\na\n[inner]\n"""\nsize = 1', "line 5: size: unknown key"),
        ('name = "n"\nitem = [\n  # size = 1\n  {size = 1},\n]\nx = 1', "line 6: x"),
        ('name = "n"\nitem = 3', "line 2: item: expected [[item]] tables, got 3"),
        ('name = "n"\ninner.size = "x"', "line 2: size: Expected int"),
        ('name = "n"\ninner = 7', "line 2: inner: expected a table, got 7"),
    ],
)
def test_a_fault_names_its_line(text: str, message: str) -> None:
    assert message in refused(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml: No such file"):
        TomlSource.read(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        TomlSource.read(path)
