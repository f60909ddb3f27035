"""Templates of entity ids and topics."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

_SAFE = ":@-._~!$&'()*+,;="


def entity_name(template: str, captures: Mapping[str, str]) -> str:
    """Fill the names of a topic into the template of an entity's id.

    >>> entity_name("urn:ngsi-ld:Pump:{device}", {"device": "no 7"})
    'urn:ngsi-ld:Pump:no%207'
    """
    for name, text in captures.items():
        template = template.replace(f"{{{name}}}", quote(text, safe=_SAFE))
    return template
