"""The base map: one GeoJSON file in the data folder, kept in memory once it was asked for."""

from __future__ import annotations

import asyncio
import gzip
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from fastapi import APIRouter, Header, Response

from kota.api.kota.answers import PREFIX, problems
from kota.errors import NotFoundError

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

ADDRESS: Final = f"{PREFIX}/basemap"
FILE_NAME: Final = "basemap.geojson"
_GEO_JSON: Final = "application/geo+json"


class _Kept(msgspec.Struct, frozen=True):
    changed: int
    tag: str
    body: bytes
    zipped: bytes


def path(rooms: Rooms) -> Path:
    """Where the base map lies, if there is one."""
    return rooms.settings.data / FILE_NAME


class Basemap:
    """Reads the file again when it has changed.

    Args:
        file: a GeoJSON feature collection.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: _Kept | None = None

    async def load(self) -> _Kept:
        """The file's content.

        Raises:
            NotFoundError: there is no base map.
        """
        try:
            changed = self._file.stat().st_mtime_ns
            if self._kept is None or self._kept.changed != changed:
                self._kept = await asyncio.to_thread(_read, self._file, changed)
        except FileNotFoundError:
            raise NotFoundError("basemap: this town has none") from None
        return self._kept


def _read(file: Path, changed: int) -> _Kept:
    body = file.read_bytes()
    tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
    return _Kept(changed, tag, body, gzip.compress(body, 6))


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["town"])
    file = Basemap(path(rooms))

    @routes.get(
        "/basemap",
        response_class=Response,
        responses={
            200: {
                "description": "GeoJSON; the property `layer` of a feature is land, water, park, "
                "street, building or poi",
                "content": {_GEO_JSON: {}},
            },
            304: {"description": "Not changed since `If-None-Match`"},
            **problems(404),
        },
    )
    async def basemap(
        if_none_match: str | None = Header(None), accept_encoding: str = Header("")
    ) -> Response:
        """Land, water, parks, streets, buildings and points of interest."""
        kept = await file.load()
        headers = {"etag": kept.tag, "cache-control": "no-cache", "vary": "Accept-Encoding"}
        if if_none_match is not None and kept.tag in if_none_match:
            return Response(status_code=304, headers=headers)
        if "gzip" not in accept_encoding:
            return Response(kept.body, media_type=_GEO_JSON, headers=headers)
        headers["content-encoding"] = "gzip"
        return Response(kept.zipped, media_type=_GEO_JSON, headers=headers)

    return routes
