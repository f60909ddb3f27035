"""What may name a thing, and what may not."""

from __future__ import annotations

from typing import Any

import pytest

from kota.errors import BadRequestDataError
from kota.model.names import is_uri, read_scope, require_name, require_uri

HIDDEN = [0x202E, 0x200B, 0xFEFF, 0x2028, 0x00A0, 0xFE0F, 0xE0100, 0xFDD0, 0xFFFE, 0x115F, 0x3164]


@pytest.mark.parametrize(
    "text", ["urn:ngsi-ld:Tank:1", "https://a.example/x?y#z", "a:b", "urn:x:Parés"]
)
def test_uri_is_recognised(text: str) -> None:
    assert is_uri(text)


@pytest.mark.parametrize(
    "text", ["", "tank", ":x", "urn:", "urn:a b", "urn:a<b", 'urn:a"b', 5, None]
)
def test_what_is_not_a_uri_is_recognised(text: Any) -> None:
    assert not is_uri(text)


@pytest.mark.parametrize("code", HIDDEN)
def test_uri_with_a_character_that_cannot_be_seen_is_none(code: int) -> None:
    assert not is_uri(f"urn:ngsi-ld:Vehicle:A{chr(code)}B")


def test_null_uri_names_nothing() -> None:
    with pytest.raises(BadRequestDataError, match=r"id: urn:ngsi-ld:null stands for a deletion"):
        require_uri("urn:ngsi-ld:null", "id")


def test_endless_uri_is_refused_in_a_short_message() -> None:
    with pytest.raises(BadRequestDataError) as caught:
        require_uri("urn:x:" + "a" * 5000, "id")
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "name", ["speed", "Škola", "výška_1", "ex:speed", "https://a.example/speed"]
)
def test_name_of_letters_digits_and_underscores_is_taken(name: str) -> None:
    assert require_name(name, "name") == name


@pytest.mark.parametrize(
    "name", ["", "my attr", "9Vehicle", "_x", "a-b", "a.b", "a<b", "ex:a b", 3, None, []]
)
def test_other_name_is_refused(name: Any) -> None:
    with pytest.raises(BadRequestDataError, match="cannot be a name"):
        require_name(name, "name")


def test_scope_gets_its_leading_slash_once() -> None:
    assert read_scope(["Madrid/Gardens", "/Madrid/Gardens", "/A"]) == ("/Madrid/Gardens", "/A")


@pytest.mark.parametrize(
    "scope", ["9bad", "/a//b", "a-b", "/a/", "", "urn:ngsi-ld:null", 5, {}, [None]]
)
def test_malformed_scope_is_refused(scope: Any) -> None:
    with pytest.raises(BadRequestDataError, match=r"^scope: "):
        read_scope(scope)


def test_one_malformed_scope_refuses_all() -> None:
    with pytest.raises(BadRequestDataError, match="9bad"):
        read_scope(["/ok", "9bad"])
