"""Which version of each rule is at work: a number that rises when its content changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from kota.operate.rules.definition import RuleDefinition
from kota.store.state import Document, StateStore

_KIND: Final = "rule"
_KEPT: Final = 100


class Version(msgspec.Struct, frozen=True):
    """A content that a rule had.

    Args:
        number: from 1.
        digest: of the content.
        at: since when [µs], by wall time.
        by: who brought it in.
        definition: the content itself.
    """

    number: int
    digest: str
    at: int
    by: str
    definition: RuleDefinition


class Versions:
    """Every version of every rule, newest last.

    Args:
        store: keeps them.
    """

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._of: dict[str, list[Version]] = {}

    async def load(self) -> None:
        """Read what is kept."""
        for document in await self._store.list_documents(_KIND):
            self._of[document.key] = msgspec.json.decode(document.body, type=list[Version])

    def of(self, rule: str) -> list[Version]:
        """The versions of a rule, oldest first."""
        return list(self._of.get(rule, ()))

    def number(self, rule: str) -> int:
        """The number of the version at work; 0: it never was."""
        known = self._of.get(rule)
        return known[-1].number if known else 0

    def changed(self, definitions: Iterable[RuleDefinition]) -> list[RuleDefinition]:
        """Those whose content is another than that at work."""
        return [
            one
            for one in definitions
            if not (known := self._of.get(one.id)) or known[-1].digest != one.digest
        ]

    def documents(
        self, changed: Iterable[RuleDefinition], by: str, at: int
    ) -> tuple[list[Document], dict[str, list[Version]]]:
        """What is to be kept of changed definitions, and what `take` is then given."""
        after: dict[str, list[Version]] = {}
        for one in changed:
            number = self.number(one.id) + 1
            versions = [*self._of.get(one.id, ()), Version(number, one.digest, at, by, one)]
            after[one.id] = versions[-_KEPT:]
        bodies = [Document(_KIND, key, msgspec.json.encode(each)) for key, each in after.items()]
        return bodies, after

    def take(self, after: dict[str, list[Version]]) -> None:
        """Take over what was kept."""
        self._of |= after
