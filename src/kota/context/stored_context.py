"""A JSON-LD context that Kota keeps, and how it is shown to others (clause 5.13)."""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

from kota.model.instant import render
from kota.store.state.protocol import Document

DOCUMENT_KIND = "context"


class ContextKind(Enum):
    """How a context came to be kept."""

    HOSTED = "Hosted"
    CACHED = "Cached"
    IMPLICIT = "ImplicitlyCreated"


class StoredContext(msgspec.Struct):
    """One kept context; its counters move, the rest does not.

    Args:
        key: names it in Kota: a generated id, or for a cached one its address.
        address: where it is served.
        kind: how it came here.
        body: the document, an object with ``@context``.
        created_at: when it was kept, an instant.
        last_usage: when a request last used or read it, an instant.
        hits: how many requests used or read it.
        bundled: it came with Kota and cannot be deleted.
    """

    key: str
    address: str
    kind: ContextKind
    body: dict[str, Any]
    created_at: int
    last_usage: int | None = None
    hits: int = 0
    bundled: bool = False

    def details(self) -> dict[str, Any]:
        """The metadata that ``?details=true`` asks for."""
        shown: dict[str, Any] = {
            "URL": self.address,
            "localId": self.key,
            "kind": self.kind.value,
            "createdAt": render(self.created_at),
            "numberOfHits": self.hits,
        }
        if self.last_usage is not None:
            shown["lastUsage"] = render(self.last_usage)
        return shown

    def to_document(self) -> Document:
        """As the store keeps it."""
        return Document(DOCUMENT_KIND, self.key, msgspec.json.encode(self))


def from_document(document: Document) -> StoredContext:
    """Undo `StoredContext.to_document`."""
    return msgspec.json.decode(document.body, type=StoredContext)
