"""Finds what a fragment deletes: instances whose value is ``urn:ngsi-ld:null`` (clause 5.5.4)."""

from __future__ import annotations

from typing import Any

from kota.model import terms
from kota.model.names import require_uri
from kota.model.payload_kind import VALUE_MEMBERS

_DELETING = (terms.NULL, {"@none": terms.NULL}, [terms.NULL])


def deletes(body: Any) -> bool:
    """Whether an instance, or a bare value, stands for its own deletion."""
    if body.__class__ is not dict:
        return bool(body == terms.NULL)
    return any(member in VALUE_MEMBERS and body[member] in _DELETING for member in body)


def take_deletions(body: Any) -> tuple[tuple[str | None, ...], Any]:
    """Part what one attribute of a fragment deletes from what it sets.

    Args:
        body: one instance, a bare value or a list of instances.

    Returns:
        Dataset ids of the instances to be deleted (None: the default one), and what is left of
        the body; None where nothing is.
    """
    if body.__class__ is list:
        gone = [item for item in body if item.__class__ is dict and deletes(item)]
        if gone:
            left = [item for item in body if item not in gone]
            return tuple(_dataset(item) for item in gone), left or None
    elif deletes(body):
        return (_dataset(body),), None
    return (), body


def _dataset(item: Any) -> str | None:
    dataset_id = item.get("datasetId") if item.__class__ is dict else None
    if dataset_id is None or dataset_id == terms.DEFAULT_DATASET:
        return None
    return require_uri(dataset_id, "datasetId")
