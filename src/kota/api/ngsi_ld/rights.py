"""Which right each endpoint of the binding asks for; what is not in the table nobody may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_READ: Final = {"GET": "entities.read"}
_WRITE: Final = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), "entities.write")
_BOTH: Final = _READ | _WRITE
_SUBSCRIBE: Final = dict.fromkeys(("GET", "POST", "PATCH", "DELETE"), "subscriptions.manage")
_CONTEXTS: Final = {"GET": "entities.read", "POST": "contexts.manage", "DELETE": "contexts.manage"}
_SOURCES: Final = dict.fromkeys(("GET", "POST", "PATCH", "DELETE"), "sources.manage")
_MAPS: Final = dict.fromkeys(("GET", "PATCH", "DELETE"), "entities.read")
_ASK: Final = {"POST": "entities.read"}

RIGHTS: Final[Mapping[str, Mapping[str, str]]] = {
    "entities": _BOTH,
    "entityOperations": _WRITE,
    "entityOperations/query": _ASK,
    "types": _READ,
    "attributes": _READ,
    "temporal": _BOTH,
    "temporal/entityOperations/query": _ASK,
    "subscriptions": _SUBSCRIBE,
    "jsonldContexts": _CONTEXTS,
    "info": _READ,
    "entityMaps": _MAPS,
    "temporal/entityMaps": _MAPS,
    "csourceRegistrations": _SOURCES,
    "csourceSubscriptions": _SOURCES,
}
"""By the path of an endpoint, else by its first segment."""

CHANGING: Final = frozenset(
    {"entities.write", "subscriptions.manage", "contexts.manage", "sources.manage"}
)
"""Rights to more than to look."""


def right_of(path: str, method: str) -> str | None:
    """The right that a method of an endpoint asks for, or None.

    >>> right_of("entityOperations/query", "POST"), right_of("entityOperations/delete", "POST")
    ('entities.read', 'entities.write')
    """
    table = RIGHTS.get(path) or RIGHTS.get(path.partition("/")[0], {})
    return table.get("GET" if method in ("HEAD", "OPTIONS") else method)
