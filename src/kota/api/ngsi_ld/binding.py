"""The NGSI-LD binding as an ASGI application: finds the endpoint, and is the border for errors."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.problem import RefusedError, problem_reply
from kota.api.ngsi_ld.reply import Reply
from kota.api.ngsi_ld.rights import CHANGING, right_of
from kota.errors import BadRequestDataError, KotaError, NotFoundError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from kota.api.ngsi_ld.services import Services

PREFIX: Final = "/ngsi-ld/v1"
_DEPTH: Final = PREFIX.count("/") + 1
_WITH_BODY: Final = frozenset({"POST", "PATCH", "PUT"})
_log = logging.getLogger(__name__)

Handler = Callable[[Call], Awaitable[Reply]]


class Endpoint(msgspec.Struct, frozen=True):
    """One path and what its methods do.

    Args:
        path: below the prefix, with ``{}`` where a value stands, for example
            ``entities/{}/attrs``.
        methods: handler by method.
    """

    path: str
    methods: dict[str, Handler]


class Binding:
    """Everything under the prefix.

    Args:
        services: what handlers may use.
        endpoints: the paths there are.
        narrow: what handlers may use for one request, given the right that it asks for; it
            raises where the caller has not got it. None: everybody may do everything.
        note: hears of what was changed: the request, the right that it asked for, and the answer.
    """

    def __init__(
        self,
        services: Services,
        endpoints: Iterable[Endpoint],
        narrow: Callable[[Scope, str | None], Services] | None = None,
        note: Callable[[Scope, str, Reply], Awaitable[None]] | None = None,
    ) -> None:
        self._services = services
        self._narrow = narrow
        self._note = note
        self._routes: dict[tuple[str, int], list[tuple[tuple[str, ...], Endpoint]]] = {}
        for endpoint in endpoints:
            pattern = tuple(endpoint.path.split("/"))
            self._routes.setdefault((pattern[0], len(pattern)), []).append((pattern, endpoint))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            reply = await self._answer(scope, receive)
        except KotaError as error:
            reply = problem_reply(error)
        except Exception as error:  # noqa: BLE001  the border: nothing may leave without an answer
            _log.exception("%s %s failed", scope["method"], scope["path"])
            reply = problem_reply(KotaError(f"this server failed: {type(error).__name__}"))
        await reply.send(send, without_body=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        endpoint, values = self._find(scope["raw_path"])
        method = scope["method"]
        handler = endpoint.methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            return _wrong_method(method, endpoint)
        services = self._services
        right = None
        if self._narrow is not None:
            right = right_of(endpoint.path, method)
            services = self._narrow(scope, right)
        call = Call(scope, receive, services, values)
        if method in _WITH_BODY and not call.header(b"content-length"):
            return Reply(411)
        reply = await handler(call)
        if self._note is not None and right in CHANGING and method != "GET" and reply.status < 300:
            await self._note(scope, right, reply)
        return reply

    def _find(self, raw_path: bytes) -> tuple[Endpoint, tuple[str, ...]]:
        segments = raw_path.decode("latin-1").split("/")[_DEPTH:]
        if len(segments) > 1 and not segments[-1]:
            segments.pop()
        for pattern, endpoint in self._routes.get((segments[0], len(segments)), ()):
            values = _match(pattern, segments)
            if values is not None:
                return endpoint, values
        raise NotFoundError(f"{raw_path.decode('latin-1')}: there is no such resource")


def _match(pattern: tuple[str, ...], segments: list[str]) -> tuple[str, ...] | None:
    values = []
    for expected, given in zip(pattern, segments, strict=True):
        if expected == "{}":
            values.append(unquote(given) if "%" in given else given)
        elif expected != given:
            return None
    if "" in values:
        raise BadRequestDataError(f"{'/'.join(segments)}: an identifier in the path is empty")
    return tuple(values)


def _wrong_method(method: str, endpoint: Endpoint) -> Reply:
    allow = ", ".join(sorted({*endpoint.methods, "OPTIONS"})).encode()
    if method == "OPTIONS":
        return Reply(204, headers=((b"allow", allow),))
    error = RefusedError(
        405,
        "Method not allowed",
        f"{method}: not offered here; offered are {allow.decode()}",
        headers=((b"allow", allow),),
    )
    return problem_reply(error)
