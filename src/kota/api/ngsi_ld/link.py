"""Link headers: the JSON-LD context of a request or answer, and the pages around an answer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from kota.errors import BadRequestDataError

CONTEXT_RELATION: Final = "http://www.w3.org/ns/json-ld#context"
_LINK: Final = re.compile(r'<([^>]*)>((?:\s*;\s*[\w*!-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')
_RELATION: Final = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)


@lru_cache(maxsize=256)
def context_address(header: str) -> str | None:
    """The address of the JSON-LD context that a ``Link`` header names, or None.

    Raises:
        BadRequestDataError: it names more than one.

    >>> context_address('<http://a.example/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"')
    'http://a.example/c.jsonld'
    """
    found = [address for address, relation in _links(header) if relation == CONTEXT_RELATION]
    if len(found) > 1:
        raise BadRequestDataError(
            "Link: more than one JSON-LD context", hint="name one, or a context that lists them"
        )
    return found[0].strip() if found else None


def _links(header: str) -> list[tuple[str, str]]:
    links = []
    for address, parameters in _LINK.findall(header):
        relation = _RELATION.search(parameters)
        links.append((address, (relation[1] or relation[2]) if relation else ""))
    return links


@lru_cache(maxsize=256)
def context_link(address: str) -> bytes:
    """The ``Link`` header of an answer whose names are those of the context at `address`."""
    return f'<{address}>; rel="{CONTEXT_RELATION}"; type="application/ld+json"'.encode()
