"""Answers with a body: the media type, the JSON-LD context, counts and pages (6.3.6, 6.3.10)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, quote

import msgspec

from kota.api.ngsi_ld.binding import PREFIX
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.link import context_link
from kota.api.ngsi_ld.negotiation import GEO_JSON, JSON, LD_JSON
from kota.api.ngsi_ld.reply import Headers, Reply
from kota.model.jsonld import Context

_encode = msgspec.json.Encoder().encode
_CONTENT_TYPE: Final = {
    media: (b"content-type", media.encode()) for media in (JSON, LD_JSON, GEO_JSON)
}
_SAFE: Final = "!$'()*,-./:;@_|~[]{}"


async def answer(
    call: Call,
    body: dict[str, Any] | list[dict[str, Any]],
    context: Context,
    media: str,
    *,
    headers: Headers = (),
) -> Reply:
    """Answer 200 with a document whose names are those of `context`.

    Args:
        call: the request.
        body: an object, or a list of them; gets a ``@context`` where the media type has one.
        context: the context it was compacted with.
        media: the media type chosen.
        headers: further headers.
    """
    if media == LD_JSON or (media == GEO_JSON and not prefers_plain_body(call)):
        for one in body if isinstance(body, list) else [body]:
            one["@context"] = context.source
        return Reply(200, _encode(body), (_CONTENT_TYPE[media], *headers))
    address = context.address or await call.services.contexts.keep(context.source)
    link = (b"link", context_link(address))
    return Reply(200, _encode(body), (_CONTENT_TYPE[media], link, *headers))


def prefers_plain_body(call: Call) -> bool:
    """Whether GeoJSON is wanted without a context in it (``Prefer: body=json``)."""
    wanted = [part.strip().replace('"', "") for part in call.header(b"prefer").split(",")]
    return "body=json" in wanted


def count_header(count: int | None) -> Headers:
    """The header that tells the number of all results, where it is known."""
    return () if count is None else ((b"ngsild-results-count", b"%d" % count),)


def page_links(call: Call, *, offset: int, limit: int, more: bool, media: str = JSON) -> Headers:
    """``Link`` headers to the pages before and after this one (clause 6.3.10).

    Args:
        call: the request, whose parameters the links repeat.
        offset, limit: this page.
        more: whether anything follows it.
        media: the media type of the answer.
    """
    links: list[tuple[bytes, bytes]] = []
    if limit and offset:
        links.append(_page_link(call, max(0, offset - limit), limit, "prev", media))
    if limit and more:
        links.append(_page_link(call, offset + limit, limit, "next", media))
    return tuple(links)


def location(*segments: str) -> str:
    """The path of a resource, for the ``Location`` header."""
    return PREFIX + "".join(f"/{quote(segment, safe=_SAFE)}" for segment in segments)


def _page_link(
    call: Call, offset: int, limit: int, relation: str, media: str
) -> tuple[bytes, bytes]:
    given = dict(parse_qsl(call.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    given |= {"offset": str(offset), "limit": str(limit)}
    query = "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in sorted(given.items()))
    path = call.scope["path"].rstrip("/")
    return b"link", f'<{path}?{query}>; rel="{relation}";type="{media}"'.encode("latin-1")
