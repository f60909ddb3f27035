"""Signing in and out, the password, the second factor, the purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field

from kota.access.accounts import FIRST_NAME, FIRST_PASSWORD, SecondFactorError, WaitError
from kota.access.caller import Caller
from kota.access.identity import Identity
from kota.access.secret import new_secret
from kota.access.sessions import Session
from kota.api.calling import caller_of
from kota.api.gate import COOKIE, SECURE_COOKIE
from kota.api.kota.answers import Model, problems
from kota.api.kota.grants import GrantView, view
from kota.api.problem import problem
from kota.errors import ConflictError, ForbiddenError, UnrecognisedError

if TYPE_CHECKING:
    from kota.access.account import Account
    from kota.api.rooms import Rooms

_TEXT: Final = 256
Text = Annotated[str, Field(min_length=1, max_length=_TEXT)]


class Credentials(Model):
    """What somebody signs in with; `code` of the second factor, where there is one."""

    name: Text
    password: Text
    code: Annotated[str, Field(max_length=16)] | None = None


class PasswordChange(Model):
    """The present password and the next."""

    old: Text
    new: Text


class Enrolment(Model):
    """A second factor that is offered: its secret, and what a phone reads."""

    key: str
    address: str


class Confirmation(Model):
    """The secret that was offered, and a code of it."""

    key: Annotated[str, Field(min_length=16, max_length=64)]
    code: Annotated[str, Field(max_length=16)]


class Stating(Model):
    """What personal data is looked at for from now on; null: it is not."""

    purpose: Annotated[str, Field(min_length=1, max_length=100)] | None


class Who(Model):
    """Somebody who is signed in.

    `tenants` are those beside the default one in which something was given, `rights` are those held
    somewhere in the one that is asked; `purposes` are those for which personal data may be seen.
    """

    id: str
    name: str
    account: str | None
    grants: list[GrantView]
    tenants: list[str]
    rights: list[str]
    purposes: list[str]
    purpose: str | None
    must_change: bool
    second_factor: bool
    csrf: str | None


class Offer(Model):
    """Another way to sign in."""

    title: str
    address: str


class SessionView(Model):
    """Who sits at this browser, and how one signs in. `auth` is ``none`` where nobody is asked."""

    auth: str
    title: str
    who: Who | None
    oidc: Offer | None


def who_of(rooms: Rooms, caller: Caller) -> Who:
    """A caller to be shown."""
    access = rooms.access
    account = None if caller.account is None else access.recogniser.accounts.find(caller.account)
    session = None
    if caller.session is not None:
        session = access.recogniser.sessions.holding(caller.session)
    policy = access.sights.policy
    names = [one.name for one in rooms.tenants.book.all() if not one.removing]
    tenants = [name for name in names if policy.rights(caller.who, name)]
    rights = [*policy.rights(caller.who, access.tenant)]
    return Who(
        id=caller.who.id,
        name=caller.who.name,
        account=caller.account,
        grants=[view(grant) for grant in caller.who.grants],
        tenants=tenants,
        rights=sorted(rights),
        purposes=sorted({one for grant in caller.who.grants for one in grant.purposes}),
        purpose=caller.purpose,
        must_change=caller.must_change,
        second_factor=account is not None and account.totp is not None,
        csrf=None if session is None else session.csrf,
    )


class _Door:
    """Begins and ends sessions.

    Args:
        rooms: the accounts and sessions.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.secure = rooms.settings.secure
        self._recogniser = rooms.access.recogniser

    async def begin(self, account: Account, where: str, response: Response) -> SessionView:
        """Begin a session of a local account, in the place of none."""
        now = self._rooms.clock.now()
        session = Session(
            who=account.identity.id,
            csrf=new_secret(),
            began_at=now,
            seen_at=now,
            account=account.name,
            version=account.version,
            where=where,
        )
        secret = await self._recogniser.sessions.begin(session)
        set_cookie(response, secret, secure=self.secure)
        found = self._recogniser.by_session(secret)
        assert found is not None
        return self.view(found[0])

    def view(self, caller: Caller | None) -> SessionView:
        """What a browser needs to know before anything else."""
        settings = self._rooms.settings
        known = caller is not None and caller.who.id
        oidc = None
        if settings.oidc is not None:
            oidc = Offer(title=settings.oidc.title, address="/api/v1/session/oidc")
        return SessionView(
            auth=settings.auth,
            title=settings.title,
            who=who_of(self._rooms, caller) if caller is not None and known else None,
            oidc=oidc,
        )


def set_cookie(response: Response, secret: str, *, secure: bool) -> None:
    """Hand a browser the secret of its session."""
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        secret,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    response.headers["cache-control"] = "no-store"


def drop_cookie(response: Response, *, secure: bool) -> None:
    """Take it back."""
    response.delete_cookie(
        SECURE_COOKIE if secure else COOKIE,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["session"])
    door = _Door(rooms)
    access = rooms.access
    accounts, sessions = access.recogniser.accounts, access.recogniser.sessions

    def signed_in(request: Request) -> tuple[Caller, str, str]:
        """The caller, his session and his account."""
        caller = caller_of(request.scope)
        if caller is None or caller.session is None:
            raise UnrecognisedError("nobody is signed in")
        if caller.account is None:
            raise ConflictError("the account is kept elsewhere, by whoever vouched for it")
        return caller, caller.session, caller.account

    @routes.get("/session")
    async def session(request: Request, response: Response) -> SessionView:
        """Who sits at this browser, and how one signs in."""
        response.headers["cache-control"] = "no-store"
        return door.view(caller_of(request.scope))

    @routes.post("/session", response_model=SessionView, responses=problems(401, 429))
    async def sign_in(
        request: Request, response: Response, given: Credentials
    ) -> SessionView | Response:
        """Sign in. Where a code is asked for, the answer is 401 with ``Kota-Code: wanted``."""
        if rooms.settings.auth == "none":
            raise ConflictError("nobody is asked who he is here")
        caller = caller_of(request.scope)
        where = "" if caller is None else caller.where
        try:
            account = await accounts.sign_in(given.name, given.password, given.code)
        except WaitError as error:
            return problem(429, str(error), headers={"retry-after": str(error.seconds)})
        except SecondFactorError as error:
            return problem(401, str(error), headers={"kota-code": "wanted"})
        except UnrecognisedError as error:
            stranger = Caller(who=Identity(id="", name=given.name), where=where)
            await access.note(stranger, "panels.read", "session.refused", given.name)
            return problem(401, str(error))
        if caller is not None and caller.session is not None:
            await sessions.end(caller.session)
        began = Caller(who=account.identity, where=where)
        await access.note(began, "panels.read", "session.begin", account.name)
        return await door.begin(account, where, response)

    @routes.delete("/session", status_code=204)
    async def sign_out(request: Request) -> Response:
        """Sign out."""
        response = Response(status_code=204)
        caller = caller_of(request.scope)
        if caller is not None and caller.session is not None:
            await sessions.end(caller.session)
            await access.note(caller, "panels.read", "session.end", caller.who.name)
        drop_cookie(response, secure=door.secure)
        return response

    @routes.post("/session/password", response_model=SessionView, responses=problems(400, 401, 429))
    async def change_password(
        request: Request, response: Response, change: PasswordChange
    ) -> SessionView | Response:
        """Change the password; every session of the account ends, and a new one begins."""
        caller, _, name = signed_in(request)
        try:
            account = await accounts.change_password(name, change.old, change.new)
        except WaitError as error:
            return problem(429, str(error), headers={"retry-after": str(error.seconds)})
        await sessions.end_all(caller.who.id)
        await access.note(caller, "panels.read", "user.password", name)
        forget_first_password(rooms, name)
        return await door.begin(account, caller.where, response)

    @routes.post("/session/offer", responses=problems(401))
    async def offer(request: Request) -> Enrolment:
        """Offer a second factor; it is in force once it was confirmed."""
        _, _, name = signed_in(request)
        key, address = accounts.offer_second_factor(name)
        return Enrolment(key=key, address=address)

    @routes.post("/session/factor", responses=problems(400, 401))
    async def confirm(
        request: Request, response: Response, confirmation: Confirmation
    ) -> SessionView:
        """Put a second factor into force; every other session of the account ends."""
        caller, _, name = signed_in(request)
        if caller.must_change:
            raise ForbiddenError("the one-time password has to be changed first")
        account = await accounts.set_second_factor(name, confirmation.key, confirmation.code)
        await sessions.end_all(caller.who.id)
        await access.note(caller, "panels.read", "user.factor", name)
        return await door.begin(account, caller.where, response)

    @routes.put("/session/purpose", responses=problems(401, 403))
    async def state_purpose(request: Request, stating: Stating) -> SessionView:
        """Say what personal data is looked at for. It is written into the audit."""
        caller = caller_of(request.scope)
        if caller is None or caller.session is None:
            raise UnrecognisedError("nobody is signed in")
        held = {one for grant in caller.who.grants for one in grant.purposes}
        if stating.purpose is not None and stating.purpose not in held:
            raise ForbiddenError(f"purpose {stating.purpose!r}: was not given")
        await access.note(caller, "entities.read", "purpose.state", stating.purpose or "none")
        await sessions.state_purpose(caller.session, stating.purpose)
        found = sessions.holding(caller.session)
        assert found is not None
        return door.view(access.recogniser.of_session(caller.session, found))

    return routes


def forget_first_password(rooms: Rooms, name: str) -> None:
    """Remove the file with the first administrator's one-time password, once it was changed."""
    if name == FIRST_NAME:
        (rooms.settings.data / FIRST_PASSWORD).unlink(missing_ok=True)
