"""What solutions and the demonstration say, in the operator's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from kota.api.kota.answers import problems
from kota.phrases import read_phrases

if TYPE_CHECKING:
    from kota.api.rooms import Rooms


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["town"])

    @routes.get("/phrases/{language}", responses=problems(404))
    async def phrases(language: str) -> dict[str, str]:
        """Titles, descriptions and names of solutions in a language, by how the code has them."""
        folders = [one.phrases for one in rooms.solutions if one.phrases is not None]
        if rooms.demo is not None:
            folders.append(rooms.demo.phrases)
        return read_phrases(folders, language)

    return routes
