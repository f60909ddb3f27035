"""Names of the operations that a context source may offer, and of groups of them (clause 4.20)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

RETRIEVE, QUERY, QUERY_BATCH = "retrieveEntity", "queryEntity", "queryBatch"
CREATE, UPDATE_ATTRS, APPEND, DELETE = "createEntity", "updateAttrs", "appendAttrs", "deleteEntity"
MERGE, REPLACE, REPLACE_ATTR = "mergeEntity", "replaceEntity", "replaceAttrs"
UPDATE_ATTR, DELETE_ATTR, PURGE = "updateEntity", "deleteAttrs", "purgeEntity"
CREATE_BATCH, UPSERT_BATCH, UPDATE_BATCH = "createBatch", "upsertBatch", "updateBatch"
DELETE_BATCH, MERGE_BATCH = "deleteBatch", "mergeBatch"
RETRIEVE_TEMPORAL, QUERY_TEMPORAL = "retrieveTemporal", "queryTemporal"

LIST_TYPES, DESCRIBE_TYPES, DESCRIBE_TYPE = (
    "retrieveEntityTypes",
    "retrieveEntityTypeDetails",
    "retrieveEntityTypeInfo",
)
LIST_ATTRIBUTES, DESCRIBE_ATTRIBUTES, DESCRIBE_ATTRIBUTE = (
    "retrieveAttrTypes",
    "retrieveAttrTypeDetails",
    "retrieveAttrTypeInfo",
)
_TYPES: Final = (LIST_TYPES, DESCRIBE_TYPES, DESCRIBE_TYPE)
_ATTRIBUTES: Final = (LIST_ATTRIBUTES, DESCRIBE_ATTRIBUTES, DESCRIBE_ATTRIBUTE)
_SUBSCRIPTIONS: Final = (
    "createSubscription",
    "updateSubscription",
    "retrieveSubscription",
    "querySubscription",
    "deleteSubscription",
)
_DISCOVERY: Final = (*_TYPES, *_ATTRIBUTES)
_READ: Final = (RETRIEVE, QUERY)

GROUPS: Final[dict[str, frozenset[str]]] = {
    "federationOps": frozenset((*_READ, QUERY_BATCH, *_DISCOVERY, *_SUBSCRIPTIONS)),
    "updateOps": frozenset((UPDATE_ATTR, UPDATE_ATTRS, REPLACE, REPLACE_ATTR)),
    "retrieveOps": frozenset(_READ),
    "redirectionOps": frozenset(
        (
            CREATE,
            UPDATE_ATTR,
            APPEND,
            UPDATE_ATTRS,
            DELETE_ATTR,
            DELETE,
            MERGE,
            REPLACE,
            REPLACE_ATTR,
            PURGE,
            *_READ,
            *_DISCOVERY,
        )
    ),
}
"""The groups of table 4.20-2."""

READING: Final = frozenset(
    (*_READ, QUERY_BATCH, RETRIEVE_TEMPORAL, QUERY_TEMPORAL, *_DISCOVERY, *_SUBSCRIPTIONS)
)
"""What an auxiliary source may be asked for: nothing that changes it."""

OPERATIONS: Final = frozenset(
    (
        *READING,
        *GROUPS["redirectionOps"],
        CREATE_BATCH,
        UPSERT_BATCH,
        UPDATE_BATCH,
        DELETE_BATCH,
        MERGE_BATCH,
        "upsertTemporal",
        "appendAttrsTemporal",
        "deleteAttrsTemporal",
        "updateAttrsTemporal",
        "updateAttrInstanceTemporal",
        "deleteAttrInstanceTemporal",
        "deleteTemporal",
        "createEntityMap",
        "updateEntityMap",
        "deleteEntityMap",
        "retrieveEntityMap",
    )
)
"""Every single operation."""

DEFAULT: Final = ("federationOps",)
"""What a registration that says nothing stands for."""


def resolved(names: Iterable[str]) -> frozenset[str]:
    """The single operations that a list of names stands for.

    >>> sorted(resolved(["retrieveOps", "createEntity"]))
    ['createEntity', 'queryEntity', 'retrieveEntity']
    """
    found: set[str] = set()
    for name in names:
        found |= GROUPS.get(name, {name})
    return frozenset(found)
