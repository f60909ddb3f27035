"""Photos of work: files of known sorts, kept in the data folder under names of Kota's own."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from kota.errors import BadRequestDataError, NotFoundError

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of one photo."""
MOST: Final = 20
"""Photos of one work order."""

_SORTS: Final[dict[str, tuple[bytes, bytes, str]]] = {
    "image/jpeg": (b"\xff\xd8\xff", b"", "jpg"),
    "image/png": (b"\x89PNG\r\n\x1a\n", b"", "png"),
    "image/webp": (b"RIFF", b"WEBP", "webp"),
}
"""How files of each sort begin, what stands at byte 8, and how their names end."""


class Photo(msgspec.Struct, frozen=True):
    """A photo that is kept.

    Args:
        id: of its content: SHA-256, 24 digits.
        type: media type, as its content has it.
        size: [bytes].
        at: when it was brought, ISO 8601.
        by: who brought it.
    """

    id: str
    type: str
    size: int
    at: str
    by: str


def sort_of(content: bytes) -> str:
    """The media type of a photo, by its content alone.

    Raises:
        BadRequestDataError: it is empty, too large, or of no sort that is shown.

    >>> sort_of(b"\\x89PNG\\r\\n\\x1a\\n...")
    'image/png'
    """
    if not content:
        raise BadRequestDataError("photo: it is empty")
    if len(content) > LARGEST:
        raise BadRequestDataError(
            f"photo: {len(content)} bytes, at most {LARGEST} are kept", hint="make it smaller"
        )
    for sort, (begins, inside, _) in _SORTS.items():
        if content.startswith(begins) and content[8 : 8 + len(inside)] == inside:
            return sort
    raise BadRequestDataError("photo: it is none", hint="bring a JPEG, PNG or WebP file")


class Album:
    """The photos of all work orders.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, number: int, content: bytes, *, at: str, by: str) -> Photo:
        """Keep a photo of a work order.

        Raises:
            BadRequestDataError: it is none that can be kept.
        """
        sort = sort_of(content)
        photo = Photo(sha256(content).hexdigest()[:24], sort, len(content), at, by)
        path = self._path(number, photo)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        arriving = path.with_suffix(".arriving")
        arriving.write_bytes(content)
        arriving.replace(path)
        return photo

    def get(self, number: int, photo: Photo) -> bytes:
        """The content of a photo.

        Raises:
            NotFoundError: the file is gone.
        """
        try:
            return self._path(number, photo).read_bytes()
        except OSError as error:
            raise NotFoundError(f"photo {photo.id}: its file is gone") from error

    def drop(self, number: int, photo: Photo) -> None:
        """Forget a photo."""
        self._path(number, photo).unlink(missing_ok=True)

    def _path(self, number: int, photo: Photo) -> Path:
        return self._folder / str(number) / f"{photo.id}.{_SORTS[photo.type][2]}"
