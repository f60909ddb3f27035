"""Errors of everything that is not NGSI-LD, as problem documents (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kota.api.ngsi_ld.problem import details
from kota.errors import KotaError, QuotaError, UnrecognisedError

MEDIA_TYPE = "application/problem+json"
_CHALLENGE = {"www-authenticate": 'Bearer realm="Kota"', "cache-control": "no-store"}


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None) -> Response:
    """An answer with a status of HTTP and a sentence."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return Response(
        msgspec.json.encode(body), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def problem_of(error: KotaError) -> Response:
    """The answer that tells of an error."""
    body = details(error)
    return Response(
        msgspec.json.encode(body),
        status_code=int(body["status"]),
        media_type=MEDIA_TYPE,
        headers=_headers_of(error),
    )


def _headers_of(error: KotaError) -> dict[str, str] | None:
    if isinstance(error, QuotaError) and error.wait_s is not None:
        return {"retry-after": str(error.wait_s)}
    return _CHALLENGE if isinstance(error, UnrecognisedError) else None


async def answer_kota_error(_: Request, error: Exception) -> Response:
    """Exception handler for `KotaError`."""
    assert isinstance(error, KotaError)
    return problem_of(error)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Exception handler for `HTTPException`."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    detail = error.detail
    if error.status_code == 404 and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"{request.url.path}: there is no such resource"
    return problem(error.status_code, detail, headers=headers)
