"""Fetch one JSON-LD context from the network, within limits of time, size and place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec

from kota.context.outgoing import Outgoing
from kota.errors import BadRequestDataError, ContextUnavailableError

if TYPE_CHECKING:
    import aiohttp

TIME_LIMIT_S = 5.0
SIZE_LIMIT = 1 << 20
REDIRECT_LIMIT = 5

_ACCEPT = "application/ld+json, application/json;q=0.9"


async def fetch_context(address: str, rule: Outgoing) -> dict[str, Any]:
    """Get the document at `address`, an object with a member ``@context``.

    Raises:
        ContextUnavailableError: the address is not allowed, does not answer in 5 s, answers with
            an error or more than 1 MiB, or redirects too often.
        BadRequestDataError: what it holds is no context.
    """
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=TIME_LIMIT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout, headers={"Accept": _ACCEPT}) as session:
            body = await _follow(session, address, rule)
    except TimeoutError as error:
        raise _unavailable(address, f"no answer within {TIME_LIMIT_S:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _unavailable(address, str(error) or type(error).__name__) from error
    return read_context(body, address)


async def _follow(session: aiohttp.ClientSession, address: str, rule: Outgoing) -> bytes:
    target = address
    for _ in range(REDIRECT_LIMIT + 1):
        refusal = rule.refusal(target)
        if refusal is not None:
            raise _unavailable(address, refusal)
        async with session.get(target, allow_redirects=False) as response:
            if response.status in (301, 302, 303, 307, 308):
                target = urljoin(target, response.headers.get("Location", ""))
                continue
            if response.status != 200:
                raise _unavailable(address, f"{target} answered {response.status}")
            return await _read_limited(response, address)
    raise _unavailable(address, f"more than {REDIRECT_LIMIT} redirects")


async def _read_limited(response: aiohttp.ClientResponse, address: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > SIZE_LIMIT:
            raise _unavailable(address, f"larger than {SIZE_LIMIT >> 20} MiB")
    return bytes(body)


def read_context(body: bytes, address: str) -> dict[str, Any]:
    """Check that `body` is a JSON object with ``@context``.

    Raises:
        BadRequestDataError: it is not.
    """
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequestDataError(f"@context {address}: not JSON: {error}") from error
    if not isinstance(document, dict) or "@context" not in document:
        raise BadRequestDataError(f"@context {address}: no member @context")
    return {"@context": document["@context"]}


def _unavailable(address: str, reason: str) -> ContextUnavailableError:
    return ContextUnavailableError(f"@context {address}: {reason}")
