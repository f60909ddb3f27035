"""The base map: one GeoJSON file in the data folder, kept in memory once it was asked for."""

from __future__ import annotations

import asyncio
import gzip
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi import APIRouter, Header, Response

from kota.api.kota.answers import PREFIX, problems
from kota.errors import KotaError, NotFoundError, StoreError
from kota.model import geometry
from kota.model.geometry import Box

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

ADDRESS: Final = f"{PREFIX}/basemap"
FILE_NAME: Final = "basemap.geojson"
_GEO_JSON: Final = "application/geo+json"


class Kept(msgspec.Struct, frozen=True):
    """A base map as it is sent.

    Args:
        changed: when the file was [ns].
        tag: of its content.
        body, zipped: the content, plain and by gzip.
        box: around everything in it; None where it is empty.
    """

    changed: int
    tag: str
    body: bytes
    zipped: bytes
    box: Box | None


class _Feature(msgspec.Struct):
    geometry: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    features: list[_Feature] = []


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
        self._kept: Kept | None = None

    async def load(self) -> Kept:
        """The file's content.

        Raises:
            NotFoundError: there is no base map.
            StoreError: the file is no feature collection.
        """
        try:
            changed = self._file.stat().st_mtime_ns
            if self._kept is None or self._kept.changed != changed:
                self._kept = await asyncio.to_thread(_read, self._file, changed)
        except FileNotFoundError:
            raise NotFoundError("basemap: this town has none") from None
        return self._kept


@lru_cache(maxsize=4)
def at(file: Path) -> Basemap:
    """The one reader of a file, so that it is kept once."""
    return Basemap(file)


def _read(file: Path, changed: int) -> Kept:
    body = file.read_bytes()
    tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
    try:
        features = msgspec.json.decode(body, type=_Collection).features
        shapes = [geometry.validate(one.geometry) for one in features if one.geometry is not None]
    except (msgspec.DecodeError, KotaError) as error:
        raise StoreError(
            f"base map {file}: {error}", hint="replace it with a GeoJSON feature collection"
        ) from error
    return Kept(changed, tag, body, gzip.compress(body, 6), geometry.around(shapes))


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["town"])
    file = at(path(rooms))

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
