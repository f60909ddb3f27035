"""The dashboard's files: what its build left in ``kota/web``."""

from __future__ import annotations

import gzip
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from kota.api.problem import problem

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

FOLDER: Final = Path(__file__).parents[1] / "web"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_NOT_BUILT: Final = (
    "The dashboard is not built. In a checkout: make web. The API is at /api/v1, NGSI-LD at "
    "/ngsi-ld/v1.\n"
)


class Dashboard:
    """Serves a built single-page application; a path of its own routing gets its first page.

    Args:
        folder: with ``index.html``; files under ``assets`` have their hash in their name, and may
            be there by gzip alone (``main-abc.js.gz``).
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder.resolve()
        mimetypes.add_type("text/javascript", ".js")
        mimetypes.add_type("application/manifest+json", ".webmanifest")
        mimetypes.add_type("font/woff2", ".woff2")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.url.path
        if request.method not in ("GET", "HEAD"):
            return problem(
                405, f"{request.method}: not offered here", headers={"allow": "GET, HEAD"}
            )
        cached = _FOR_EVER if path.startswith("/assets/") else _ASK_AGAIN
        file = self._file(path.lstrip("/"))
        if file is not None:
            return FileResponse(file, headers={"cache-control": cached})
        zipped = self._file(f"{path.lstrip('/')}.gz")
        if zipped is not None:
            return _unpacked(zipped, request, {"cache-control": cached, "vary": "accept-encoding"})
        if _is_file(path):
            return problem(404, f"{path}: there is no such file")
        first = self._file("index.html")
        if first is None:
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        return FileResponse(first, headers={"cache-control": _ASK_AGAIN})

    def _file(self, name: str) -> Path | None:
        if not name or "\x00" in name:
            return None
        path = (self._folder / name).resolve()
        return path if path.is_relative_to(self._folder) and path.is_file() else None


def _unpacked(zipped: Path, request: Request, headers: dict[str, str]) -> Response:
    """A file that the build left by gzip alone, as whoever asks can read it."""
    kind, _ = mimetypes.guess_type(zipped.stem)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return FileResponse(zipped, media_type=kind, headers=headers)
    return Response(gzip.decompress(zipped.read_bytes()), media_type=kind, headers=headers)


def _is_file(path: str) -> bool:
    """Whether a path can only mean a file: entity ids, which pages are named by, have dots too."""
    segments = path.split("/")[1:]
    return segments[0] == "assets" or ".." in segments or (len(segments) == 1 and "." in path)
