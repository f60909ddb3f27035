"""Addresses of databases."""

from __future__ import annotations

import pytest

from kota.errors import ConfigurationError
from kota.store.postgres.address import Address, parse


def test_an_address_is_read_part_by_part() -> None:
    found = parse(
        "postgresql://ka%40ota:s%3Aecret@db.example:5433/town?schema=north&sslmode=require"
    )

    assert found == Address("db.example", 5433, "ka@ota", "town", "s:ecret", "north", "require")


def test_the_port_and_the_schema_have_defaults() -> None:
    found = parse("postgres://kota@[::1]/town")

    assert (found.host, found.port, found.schema) == ("::1", 5432, "kota")
    assert str(found) == "postgresql://kota@[::1]:5432/town"


def test_an_address_is_shown_without_its_password() -> None:
    assert "secret" not in str(parse("postgresql://kota:secret@h/town?schema=a"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mysql://kota@h/town", "not a database"),
        ("town", "not a database"),
        ("postgresql://kota@/town", "names no host"),
        ("postgresql://h/town", "names no user"),
        ("postgresql://kota@h", "names no database"),
        ("postgresql://kota@h:x/town", "Port"),
        ("postgresql://kota@h:99999/town", "Port"),
        ("postgresql://kota@h/to%00wn", "names no database"),
        ("postgresql://kota@h/town?schema=A%22;drop", "is no name"),
        ("postgresql://kota@h/town?schema=pg_catalog", "is no name"),
        ("postgresql://kota@h/town?optons=1", "optons is not known"),
    ],
)
def test_what_is_no_address_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        parse(text)


def test_a_refusal_does_not_tell_the_password() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse("postgresql://kota:secret@h")
    assert "secret" not in str(caught.value)
