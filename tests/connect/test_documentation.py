"""What `docs/devices.md` says of profiles and maps."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from kota.connect.asset_format import AssetTable
from kota.connect.binary import BinaryField
from kota.connect.profile import parse_profile
from kota.connect.profile_format import (
    AttributeTable,
    CodecTable,
    EntityTable,
    ProfileTable,
    PseudonymTable,
    TimeTable,
)
from kota.connect.table_format import MapTable
from kota.connect.toml_source import TomlSource
from kota.model.jsonld import kota_context

TABLES = {
    "key": ProfileTable,
    "key of `[entity]`": EntityTable,
    "key of `[time]`": TimeTable,
    "key of `[[attribute]]`": AttributeTable,
    "key of `[pseudonym]`": PseudonymTable,
    "key of `[[codec]]`": CodecTable,
    "key of `[[codec.field]]`": BinaryField,
    "key of a map": MapTable,
    "key of a map of assets": AssetTable,
}


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "devices.md").read_text()


@pytest.mark.parametrize("head", TABLES)
def test_every_key_is_documented_and_no_other(page: str, head: str) -> None:
    table = page.split(f"| {head} | meaning |\n")[1].split("\n\n")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines()[1:]]
    documented = [key for cell in first_cells for key in re.findall(r"`(\w+)`", cell)]
    fields = msgspec.structs.fields(TABLES[head])
    assert sorted(documented) == sorted(field.encode_name for field in fields)


def test_the_profiles_in_it_are_right(page: str) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        tomllib.loads(block)
        parse_profile(TomlSource(Path("docs.toml"), block), kota_context())
