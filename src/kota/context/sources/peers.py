"""Asks other brokers over HTTP, within limits of place, time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from kota.clock import Clock
from kota.context.outgoing import Outgoing
from kota.context.sources.registration import Registration
from kota.context.sources.wire import Wire

if TYPE_CHECKING:
    import aiohttp

TIME_LIMIT_S: Final = 5.0
LONGEST_S: Final = 30.0
"""No registration may grant its source more."""
SIZE_LIMIT: Final = 16 << 20
"""Longer answers are not taken in [bytes]."""
CONNECTIONS: Final = 100
CONNECTIONS_PER_HOST: Final = 16

REQUEST: Final = "urn:ngsi-ld:request"
"""Value of a pair that stands for the header of the same name in the request that is served."""

_HINTS: Final = frozenset({"jsonldcontext", "contenttype", "accept"})
_OWN: Final = frozenset(
    """accept accept-encoding connection content-length content-type cookie host link
    ngsild-tenant te transfer-encoding upgrade via""".split()  # noqa: SIM905
)
"""Headers that no pair sets (clause 4.3.6.5)."""
_SAFE: Final = "!$'()*,-./:;@_|~"


class PeerError(Exception):
    """A source gave no answer that can be used.

    Args:
        reason: why, for whoever asked.
        status: the HTTP status that tells of it.
        warning: the code that tells of it beside an answer (clause 6.3.17).
    """

    def __init__(self, reason: str, *, status: int, warning: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.warning = warning


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a source.

    Args:
        method, path: of HTTP; the path below ``/ngsi-ld/v1``, quoted.
        query: parameters, unquoted.
        body: a JSON document, or None.
        wire: the context of its names.
    """

    method: str
    path: str
    wire: Wire
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None


class Visit(msgspec.Struct, frozen=True):
    """The request that is served, as far as sources learn of it.

    Args:
        via: aliases of those that it has passed, the first one first.
        headers: its headers, names in lower case.
    """

    via: tuple[str, ...] = ()
    headers: Mapping[str, str] = {}


class Told(msgspec.Struct, frozen=True):
    """What a source answered.

    Args:
        status: of HTTP.
        body: decoded JSON, or None where there is none.
        headers: of the answer, names in lower case.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Peers:
    """Holds the connections to other brokers.

    Args:
        rule: which hosts may be called.
        clock: says how long a source has been left alone.
        alias: how this server calls itself in ``Via`` headers.
    """

    def __init__(self, rule: Outgoing, clock: Clock, alias: str) -> None:
        self.alias = alias
        self._rule = rule
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._all = asyncio.Semaphore(CONNECTIONS)
        self._of_host: dict[str, asyncio.Semaphore] = {}
        self._resting: dict[str, int] = {}

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, registration: Registration, ask: Ask, visit: Visit) -> Told:
        """Ask a source.

        Args:
            registration: whom.
            ask: what.
            visit: on whose behalf.

        Raises:
            PeerError: not allowed, not reached in time, or what it answers is no JSON or too long.
        """
        if self._resting.get(registration.id, 0) > self._clock.now():
            raise PeerError("it is left alone after a failure", status=504, warning=112)
        try:
            return await self._send(registration, ask, visit)
        except PeerError:
            cooldown = registration.management.cooldown if registration.management else None
            if cooldown is not None:
                self._resting[registration.id] = self._clock.now() + int(cooldown * 1000)
            raise

    async def _send(self, registration: Registration, ask: Ask, visit: Visit) -> Told:
        import aiohttp

        url = address(registration, ask)
        refusal = self._rule.refusal(url)
        if refusal is not None:
            raise PeerError(refusal, status=502, warning=299)
        timeout_s = _patience(registration)
        headers = self._headers(registration, ask, visit)
        body = None if ask.body is None else msgspec.json.encode(_content(registration, ask))
        try:
            async with (
                self._turn(url),
                self._all,
                self._open().request(
                    ask.method,
                    url,
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=timeout_s),
                ) as response,
            ):
                return await _told(response)
        except TimeoutError as error:
            raise PeerError(f"no answer within {timeout_s:g} s", status=504, warning=110) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PeerError(
                f"{type(error).__name__}: {error}"[:200], status=502, warning=299
            ) from error

    def _headers(self, registration: Registration, ask: Ask, visit: Visit) -> dict[str, str]:
        pairs = {key.lower(): (key, value) for key, value in registration.pairs}
        headers: dict[str, str] = {}
        for name, (key, value) in pairs.items():
            if name in _OWN or name in _HINTS:
                continue
            sent = visit.headers.get(name) if value == REQUEST else value
            if sent is not None:
                headers[key] = sent
        headers["Accept"] = pairs.get("accept", ("", "application/json"))[1]
        headers["Accept-Encoding"] = "identity"
        headers["Via"] = ", ".join(f"1.1 {alias}" for alias in (*visit.via, self.alias))
        if registration.tenant is not None:
            headers["NGSILD-Tenant"] = registration.tenant
        if ask.body is not None:
            headers["Content-Type"] = _content_type(registration)
        if ask.body is None or headers["Content-Type"] == "application/json":
            headers["Link"] = ask.wire.link
        return headers

    def _turn(self, url: str) -> asyncio.Semaphore:
        """Waiting for one's turn is no fault of the source and does not use up its time."""
        host = urlsplit(url).netloc
        turn = self._of_host.get(host)
        if turn is None:
            turn = self._of_host[host] = asyncio.Semaphore(CONNECTIONS_PER_HOST)
        return turn

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session


def address(registration: Registration, ask: Ask) -> str:
    """The address that a request goes to."""
    base = registration.endpoint.rstrip("/").removesuffix("/ngsi-ld/v1")
    query = ask.query
    if registration.asked_locally:
        query = (*query, ("local", "true"))
    text = "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in query)
    return f"{base}/ngsi-ld/v1{ask.path}{'?' if text else ''}{text}"


def hint(registration: Registration, name: str) -> str | None:
    """What a registration says on how it is to be spoken to (clause 4.3.6.6)."""
    for key, value in registration.pairs:
        if key.lower() == name:
            return value
    return None


def _content_type(registration: Registration) -> str:
    named = hint(registration, "contenttype")
    plain = named != "application/ld+json" or hint(registration, "jsonldcontext") is not None
    return "application/json" if plain else "application/ld+json"


def _content(registration: Registration, ask: Ask) -> Any:
    if _content_type(registration) == "application/json":
        return ask.body
    if isinstance(ask.body, list):
        return [_within(one, ask.wire) for one in ask.body]
    return _within(ask.body, ask.wire)


def _within(body: Any, wire: Wire) -> Any:
    return {**body, "@context": wire.address} if isinstance(body, dict) else body


def _patience(registration: Registration) -> float:
    named = registration.management.timeout if registration.management else None
    return TIME_LIMIT_S if named is None else min(named / 1000, LONGEST_S)


async def _told(response: aiohttp.ClientResponse) -> Told:
    if 300 <= response.status < 400:
        raise PeerError(
            f"it answered {response.status}; register the address that it points to",
            status=502,
            warning=299,
        )
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > SIZE_LIMIT:
            raise PeerError(
                f"it answered more than {SIZE_LIMIT >> 20} MiB", status=502, warning=111
            )
    headers = {name.lower(): value for name, value in response.headers.items()}
    if not body:
        return Told(response.status, None, headers)
    try:
        return Told(response.status, msgspec.json.decode(body), headers)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if response.status >= 400:
            return Told(response.status, None, headers)
        raise PeerError(f"it answered no JSON: {error}"[:200], status=502, warning=111) from error
