"""Which representation a client accepts, and what it sends (clauses 6.3.4 and 6.3.15)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from kota.api.ngsi_ld.problem import RefusedError

JSON: Final = "application/json"
LD_JSON: Final = "application/ld+json"
GEO_JSON: Final = "application/geo+json"
MERGE_PATCH: Final = "application/merge-patch+json"

PLAIN: Final = (JSON, LD_JSON)
WITH_GEO: Final = (JSON, LD_JSON, GEO_JSON)


@lru_cache(maxsize=256)
def choose(accept: str, offered: tuple[str, ...]) -> str:
    """The media type to answer in.

    Args:
        accept: the ``Accept`` header, empty where it is absent.
        offered: what the operation can give, the most preferred first.

    Raises:
        RefusedError: 406, nothing that is offered is accepted.

    >>> choose("application/json;q=0, */*", PLAIN)
    'application/ld+json'
    """
    if not accept.strip():
        return offered[0]
    ranges = [_media_range(part) for part in accept.split(",") if part.strip()]
    best, weight = "", 0.0
    for media in offered:
        given = _weight(media, ranges)
        if given > weight:
            best, weight = media, given
    if not best:
        raise RefusedError(
            406, "Not acceptable", f"Accept: {accept!r} names none of {', '.join(offered)}"
        )
    return best


def _media_range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return media.lower(), min(1.0, max(0.0, float(value)))
            except ValueError:
                break
    return media.lower(), 1.0


def _weight(media: str, ranges: list[tuple[str, float]]) -> float:
    for pattern in (media, media.partition("/")[0] + "/*", "*/*"):
        given = [weight for name, weight in ranges if name == pattern]
        if given:
            return max(given)
    return 0.0


@lru_cache(maxsize=256)
def content_type(header: str, accepted: tuple[str, ...]) -> str:
    """The media type of a request's body, without its parameters.

    Raises:
        RefusedError: 415, it is none of `accepted`.
    """
    media = header.partition(";")[0].strip().lower()
    if media not in accepted:
        raise RefusedError(
            415,
            "Unsupported media type",
            f"Content-Type: {header!r} is not one of {', '.join(accepted)}",
        )
    return media
