"""Boards that people put together from panels: their own, and those shared with their roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from kota.access.caller import Caller
from kota.errors import ConflictError, ForbiddenError, NotFoundError
from kota.store.state import Document, StateStore

KIND: Final = "board"
MOST_BOARDS: Final = 50
"""Of one person."""
_NOBODY: Final = ""
"""Owner where nobody is asked who he is."""


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a solution's panel on a board.

    Args:
        solution, kind, part: which one; `part` is its id in the panel.
        width: columns, of twelve.
        height: rows.
    """

    solution: str
    kind: Literal["card", "chart", "table"]
    part: str
    width: int
    height: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Tiles in the order in which they are laid out.

    Args:
        id: unique in the town.
        title: for people.
        owner: id of the person who made it, who alone may change it.
        owner_name: what he is called.
        roles: whoever has one of these sees it.
        tiles: from the top left.
    """

    id: str
    title: str
    owner: str
    owner_name: str
    roles: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()


class Boards:
    """Keeps boards and says who sees which.

    Args:
        store: where they are kept; it is asked each time, since other processes change it too.
    """

    def __init__(self, store: StateStore) -> None:
        self._store = store

    async def seen_by(self, caller: Caller | None) -> list[Board]:
        """Own boards and those that are shared with one of the caller's roles, by title."""
        mine = owner_of(caller)
        roles = {str(grant.role) for grant in caller.who.grants} if caller else set()
        seen = [b for b in await self._all() if b.owner == mine or not roles.isdisjoint(b.roles)]
        return sorted(seen, key=lambda board: (board.title.casefold(), board.id))

    async def put(
        self,
        caller: Caller | None,
        board_id: str,
        *,
        title: str,
        roles: Sequence[str],
        tiles: Sequence[Tile],
    ) -> Board:
        """Make a board, or replace an own one.

        Raises:
            ForbiddenError: somebody else's.
            ConflictError: the caller has too many.
        """
        there = {board.id: board for board in await self._all()}
        mine = owner_of(caller)
        before = there.get(board_id)
        if before is not None and before.owner != mine:
            raise ForbiddenError(
                f"board {board_id!r} is {before.owner_name}'s; make one of your own"
            )
        if before is None and sum(b.owner == mine for b in there.values()) >= MOST_BOARDS:
            raise ConflictError(f"you have {MOST_BOARDS} boards; delete one first")
        board = Board(
            id=board_id,
            title=title,
            owner=mine,
            owner_name=caller.who.name if caller else "",
            roles=tuple(dict.fromkeys(roles)),
            tiles=tuple(tiles),
        )
        await self._store.put_documents([Document(KIND, board_id, msgspec.json.encode(board))])
        return board

    async def drop(self, caller: Caller | None, board_id: str) -> None:
        """Delete an own board.

        Raises:
            NotFoundError: there is none of the caller's with this id.
        """
        mine = owner_of(caller)
        if not any(b.id == board_id and b.owner == mine for b in await self._all()):
            raise NotFoundError(f"board {board_id!r}: you have none")
        await self._store.delete_documents(KIND, [board_id])

    async def _all(self) -> list[Board]:
        documents = await self._store.list_documents(KIND)
        return [msgspec.json.decode(one.body, type=Board) for one in documents]


def owner_of(caller: Caller | None) -> str:
    """Whose boards a caller has."""
    return _NOBODY if caller is None else caller.who.id
