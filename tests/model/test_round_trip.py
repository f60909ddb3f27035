"""Whatever is written in a lossless form is read back as it was; nonsense is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from tests.model.strategies import NOW, documents, entities

from kota.errors import KotaError
from kota.model.entity import Entity
from kota.model.jsonld import Compiler, core_context, kota_context
from kota.model.payload import parse_entity, parse_fragment
from kota.model.payload_patch import parse_attribute_patch, parse_patch
from kota.model.represent import Form, Representation, represent


@pytest.mark.parametrize("form", ["normalized", "concise"])
@given(entity=entities())
def test_entity_written_losslessly_is_read_back_equal(form: Form, entity: Entity) -> None:
    for context in (core_context(), kota_context()):
        written = represent(entity, context, Representation(form=form, sys_attrs=True))
        sent = msgspec.json.decode(msgspec.json.encode(written))
        assert parse_entity(sent, context, now=NOW) == entity


@given(entity=entities())
def test_simplified_entity_can_be_read_as_an_entity_with_the_same_attributes(
    entity: Entity,
) -> None:
    context = core_context()
    written = represent(entity, context, Representation(form="simplified"))
    assert parse_entity(written, context, now=NOW).attrs.keys() == entity.attrs.keys()


@given(document=documents())
def test_any_json_is_read_or_refused_as_bad_data(document: Any) -> None:
    context = core_context()
    body = document if isinstance(document, dict) else {"attribute": document}
    whole = {**body, "id": "urn:ngsi-ld:Thing:1", "type": "Thing"}
    with contextlib.suppress(KotaError):
        represent(parse_entity(whole, context, now=NOW), context)
    for candidate in (document, whole):
        with contextlib.suppress(KotaError):
            parse_entity(candidate, context, now=NOW)
        with contextlib.suppress(KotaError):
            parse_fragment(candidate, context, now=NOW)
        with contextlib.suppress(KotaError):
            parse_attribute_patch(candidate, "level", context)
        with contextlib.suppress(KotaError):
            parse_patch(candidate, context)


@given(document=documents())
def test_any_json_under_context_is_compiled_or_refused(document: Any) -> None:
    compiler = Compiler()
    with contextlib.suppress(KotaError):
        compiler.compile(document)
    with contextlib.suppress(KotaError):
        compiler.compile("https://example.org/c", {"https://example.org/c": document})
