"""The attribute projection language of ``pick`` and ``omit`` (clause 4.21)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn

from kota.errors import BadRequestDataError
from kota.model.representation import Projection

MEMBERS: Final = frozenset(
    {"id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt"}
)
_TOKEN: Final = re.compile(r"[,|{}]|[^,|{}]+")
_NAME: Final = re.compile(r"[^\s;=()\[\]<>\"]+")
_MAX_HOPS: Final = 10


def parse_projection(text: str, expand: Callable[[str], str], *, where: str) -> Projection:
    """Read a list of members; those of a linked entity stand in braces behind its relationship.

    Args:
        text: for example ``id,name,locatedAt{name|address}``.
        expand: expands attribute names.
        where: the parameter's name, for messages.

    Raises:
        BadRequestDataError: it is no such list.

    >>> sorted(parse_projection("id|name", str, where="pick").names)
    ['id', 'name']
    """
    tokens = _TOKEN.findall(text)
    projection, end = _Reader(tokens, expand, where).read(0, 0)
    if end != len(tokens):
        raise BadRequestDataError(f"{where}: {text!r} closes a brace that is not open")
    return projection


def hops(projection: Projection) -> int:
    """How many relationships deep a projection reaches."""
    return max((1 + hops(inner) for inner in projection.below.values()), default=0)


class _Reader:
    def __init__(self, tokens: list[str], expand: Callable[[str], str], where: str) -> None:
        self._tokens = tokens
        self._expand = expand
        self._where = where

    def read(self, at: int, depth: int) -> tuple[Projection, int]:
        names: set[str] = set()
        below: dict[str, Projection] = {}
        if depth > _MAX_HOPS:
            self._refuse(f"reaches more than {_MAX_HOPS} relationships deep")
        while True:
            name = self._name(at)
            at += 1
            names.add(name)
            if self._peek(at) == "{":
                below[name], at = self.read(at + 1, depth + 1)
                if self._peek(at) != "}":
                    self._refuse("leaves a brace open")
                at += 1
            if self._peek(at) not in {",", "|"}:
                return Projection(frozenset(names), below), at
            at += 1

    def _name(self, at: int) -> str:
        name = self._peek(at).strip()
        if not _NAME.fullmatch(name) or name in {",", "|", "{", "}"}:
            self._refuse(f"has {name!r} where a name should stand")
        return name if name in MEMBERS else self._expand(name)

    def _peek(self, at: int) -> str:
        return self._tokens[at] if at < len(self._tokens) else ""

    def _refuse(self, why: str) -> NoReturn:
        raise BadRequestDataError(
            f"{self._where}: {''.join(self._tokens)!r} {why}", hint="write name,name or link{name}"
        )
