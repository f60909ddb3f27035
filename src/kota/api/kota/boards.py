"""Boards of one's own, and shared ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field

from kota.access.boards import Board, Boards, Tile, owner_of
from kota.access.right import Role
from kota.api.calling import caller_of
from kota.api.kota.answers import Model, problems

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_ID = Path(pattern=r"^[A-Za-z0-9-]{1,64}$")


class TileView(Model):
    """A part of a solution's panel on a board: its size in columns (of twelve) and rows."""

    solution: str = Field(min_length=1, max_length=100)
    kind: Literal["card", "chart", "table"]
    part: str = Field(min_length=1, max_length=100)
    width: int = Field(ge=1, le=12)
    height: int = Field(ge=1, le=12)


class BoardView(Model):
    """A board; only who made it (`mine`) may change it."""

    id: str
    title: str
    owner: str
    mine: bool
    roles: list[str]
    tiles: list[TileView]


class NewBoard(Model):
    """What a board shall be."""

    title: str = Field(min_length=1, max_length=120)
    roles: list[Role] = Field(default_factory=list, max_length=20)
    tiles: list[TileView] = Field(default_factory=list, max_length=60)


def _view(board: Board, mine: str) -> BoardView:
    tiles = [
        TileView(
            solution=tile.solution,
            kind=tile.kind,
            part=tile.part,
            width=tile.width,
            height=tile.height,
        )
        for tile in board.tiles
    ]
    return BoardView(
        id=board.id,
        title=board.title,
        owner=board.owner_name,
        mine=board.owner == mine,
        roles=list(board.roles),
        tiles=tiles,
    )


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["boards"])
    boards = Boards(rooms.state)

    @routes.get("/boards")
    async def seen(request: Request) -> list[BoardView]:
        """Your own boards and those that are shared with your roles, by title."""
        caller = caller_of(request.scope)
        return [_view(board, owner_of(caller)) for board in await boards.seen_by(caller)]

    @routes.put("/boards/{board_id}", responses=problems(403, 409))
    async def put(request: Request, body: NewBoard, board_id: str = _ID) -> BoardView:
        """Make a board, or replace your own one."""
        caller = caller_of(request.scope)
        tiles = [Tile(**tile.model_dump()) for tile in body.tiles]
        roles = [str(role) for role in body.roles]
        board = await boards.put(caller, board_id, title=body.title, roles=roles, tiles=tiles)
        return _view(board, owner_of(caller))

    @routes.delete("/boards/{board_id}", status_code=204, responses=problems(404))
    async def drop(request: Request, board_id: str = _ID) -> None:
        """Delete your own board."""
        await boards.drop(caller_of(request.scope), board_id)

    return routes
