"""What all topics of the API share: its base model, its errors, and quick JSON."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from kota.api.problem import MEDIA_TYPE

PREFIX: Final = "/api/v1"
_JSON: Final = "application/json"


class Model(BaseModel):
    """Base of every answer and body: nothing unknown, made from attributes too."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Problem(Model):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an endpoint, for OpenAPI."""
    return {
        status: {
            "description": "Refused",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def quick(body: object) -> Response:
    """Answer with JSON that msgspec writes: for larger answers, past Pydantic."""
    return Response(msgspec.json.encode(body), media_type=_JSON)


async def quick_and_small(body: object, accept_encoding: str) -> Response:
    """Answer so with what may be many megabytes: compressed beside the event loop."""
    content = msgspec.json.encode(body)
    headers = {"vary": "Accept-Encoding"}
    if "gzip" in accept_encoding:
        content = await asyncio.to_thread(gzip.compress, content, 4)
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=_JSON, headers=headers)
