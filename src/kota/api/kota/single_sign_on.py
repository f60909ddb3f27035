"""Signing in by a provider of OpenID Connect: to it, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from kota.access.caller import Caller
from kota.access.secret import new_secret
from kota.access.sessions import Session
from kota.api.calling import caller_of
from kota.api.kota.answers import PREFIX, problems
from kota.api.kota.session import set_cookie
from kota.api.problem import problem
from kota.errors import ConnectError, KotaError, NotFoundError, UnrecognisedError

if TYPE_CHECKING:
    from kota.access.oidc import Provider
    from kota.api.rooms import Rooms

PATH: Final = PREFIX + "/session/oidc"
COOKIE: Final = "kota-oidc"
_TEXT: Final = 4096


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["session"])
    secure = rooms.settings.secure

    def provider() -> Provider:
        if rooms.provider is None:
            raise NotFoundError("there is no provider of OpenID Connect", hint="set auth = oidc")
        return rooms.provider

    @routes.get("/session/oidc", response_class=Response, responses=problems(404, 503))
    async def leave(request: Request) -> Response:
        """Go to the provider."""
        base = rooms.settings.public_url or str(request.base_url)
        try:
            sent = await provider().send(base.rstrip("/") + PATH + "/back")
        except ConnectError as error:
            return problem(503, str(error))
        answer = RedirectResponse(sent.address, 303)
        answer.set_cookie(
            COOKIE,
            sent.browser,
            max_age=600,
            path=PATH,
            secure=secure,
            httponly=True,
            samesite="lax",
        )
        answer.headers["cache-control"] = "no-store"
        return answer

    @routes.get("/session/oidc/back", response_class=Response, responses=problems(401, 404))
    async def come_back(
        request: Request,
        state: str = Query("", max_length=_TEXT),
        code: str = Query("", max_length=_TEXT),
        error: str = Query("", max_length=_TEXT),
    ) -> Response:
        """Come back from it; the dashboard shows what went wrong, if anything did."""
        access = rooms.access
        where = (caller_of(request.scope) or Caller(who=access.recogniser.known(""))).where
        browser = request.cookies.get(COOKIE, "")
        try:
            if error or not code:
                raise UnrecognisedError(f"the provider says: {error[:100] or 'nothing'}")
            who = await provider().receive(state, code, browser)
        except KotaError as fault:
            stranger = Caller(who=access.recogniser.known(""), where=where)
            await access.note(stranger, "panels.read", "session.refused", str(fault)[:200])
            return _without_cookie(RedirectResponse("/?refused=oidc", 303), secure=secure)
        await access.recogniser.remember(who)
        now = rooms.clock.now()
        session = Session(
            who=who.id,
            csrf=new_secret(),
            began_at=now,
            seen_at=now,
            identity=who,
            where=where,
        )
        secret = await access.recogniser.sessions.begin(session)
        began = Caller(who=who, where=where)
        await access.note(began, "panels.read", "session.begin", who.id)
        answer = RedirectResponse("/", 303)
        set_cookie(answer, secret, secure=secure)
        return _without_cookie(answer, secure=secure)

    return routes


def _without_cookie(answer: Response, *, secure: bool) -> Response:
    answer.delete_cookie(COOKIE, path=PATH, secure=secure, httponly=True, samesite="lax")
    return answer
