"""Who may do what: accounts and tokens, for those who may say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from fastapi import APIRouter, Request
from pydantic import Field

from kota.access.account import Account
from kota.access.caller import Caller
from kota.access.right import GRANTED, RIGHTS, Role
from kota.access.tokens import Made, Token
from kota.api.calling import caller_of
from kota.api.kota.acting import LOCAL_CALLER
from kota.api.kota.answers import Model, problems
from kota.api.kota.grants import Giving, GrantView, read, view
from kota.errors import NotFoundError
from kota.model.instant import render

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

RIGHT: Final = "users.manage"
Name = Annotated[str, Field(min_length=1, max_length=64)]


class UserView(Model):
    """One local account. `locked_until` is set while it waits after wrong passwords."""

    name: str
    title: str
    grants: list[GrantView]
    must_change: bool
    second_factor: bool
    locked_until: str | None
    sessions: int
    created_at: str


class NewUser(Model):
    """An account to be made."""

    name: Name
    title: Annotated[str, Field(max_length=100)] = ""
    grants: list[GrantView] = Field(default_factory=list)


class Given(Model):
    """What somebody is to be given from now on, in the place of what he was."""

    grants: list[GrantView]


class OneTime(Model):
    """A one-time password, shown once."""

    name: str
    password: str


class RoleView(Model):
    """A role and what it may do."""

    role: Role
    rights: list[str]


class Roles(Model):
    """All roles, and what each right lets one do."""

    roles: list[RoleView]
    rights: dict[str, str]
    purposes: list[str]


class TokenView(Model):
    """A token of a service; its text is not kept."""

    id: str
    name: str
    grants: list[GrantView]
    made_at: str
    made_by: str
    expires_at: str | None
    expired: bool


class NewToken(Model):
    """A token to be made; `days` null: until it is revoked."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    grants: list[GrantView]
    days: Annotated[float, Field(gt=0, le=3660, allow_inf_nan=False)] | None = 365


class MadeToken(TokenView):
    """A new token, with its text, which is shown once."""

    text: str


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["users"])
    access = rooms.access
    recogniser = access.recogniser
    accounts, sessions, tokens = recogniser.accounts, recogniser.sessions, recogniser.tokens

    def caller(request: Request) -> Caller:
        return caller_of(request.scope) or LOCAL_CALLER

    def giving(request: Request) -> Giving:
        return Giving(access, caller_of(request.scope))

    def kept_here(name: str) -> Account:
        """An account that this tenant keeps."""
        account = accounts.get(name)
        if account.tenant != access.tenant:
            raise NotFoundError(f"account {name!r}: there is none")
        return account

    def user_view(account: Account, by: Giving) -> UserView:
        locked = account.locked_until > rooms.clock.now()
        return UserView(
            name=account.name,
            title=account.title,
            grants=[view(one) for one in by.shown(account.grants)],
            must_change=account.must_change,
            second_factor=account.totp is not None,
            locked_until=render(account.locked_until) if locked else None,
            sessions=sessions.count(account.identity.id),
            created_at=render(account.created_at),
        )

    def token_view(token: Token, by: Giving) -> dict[str, object]:
        return {
            "id": token.id,
            "name": token.name,
            "grants": [view(one) for one in by.shown(token.grants)],
            "made_at": render(token.made_at),
            "made_by": token.made_by,
            "expires_at": None if token.expires_at is None else render(token.expires_at),
            "expired": tokens.is_over(token),
        }

    @routes.get("/users")
    async def users(request: Request) -> list[UserView]:
        """All local accounts that this tenant keeps, by name."""
        by = giving(request)
        return [user_view(one, by) for one in accounts.all(access.tenant)]

    @routes.get("/users/roles")
    async def roles() -> Roles:
        """What each role may do, and for which purposes there is personal data."""
        policy = access.sights.policy
        return Roles(
            roles=[
                RoleView(role=one, rights=sorted({*GRANTED[one], *policy.more(one)}))
                for one in Role
            ],
            rights=dict(RIGHTS),
            purposes=sorted(access.sights.protection.purposes),
        )

    @routes.post("/users", status_code=201, responses=problems(400, 409))
    async def add(request: Request, user: NewUser) -> OneTime:
        """Make an account; its one-time password has to be changed within a week."""
        given = read(user.grants, access.tenant)
        giving(request).require(given)
        password = await accounts.add(user.name, given, title=user.title, tenant=access.tenant)
        await access.note(caller(request), RIGHT, "user.add", user.name, grants=_said(given))
        return OneTime(name=user.name, password=password)

    @routes.put("/users/{name}/grants", responses=problems(400, 404, 409))
    async def grant(request: Request, name: str, given: Given) -> UserView:
        """Say what somebody may do from now on."""
        wanted, by = read(given.grants, access.tenant), giving(request)
        changed = await accounts.set_grants(name, by.replaced(kept_here(name).grants, wanted))
        await access.note(caller(request), RIGHT, "user.grant", name, grants=_said(wanted))
        return user_view(changed, by)

    @routes.post("/users/{name}/reset", responses=problems(404))
    async def reset(request: Request, name: str) -> OneTime:
        """Give a new one-time password, take the second factor away, end every session."""
        giving(request).require_all(kept_here(name).grants)
        password = await accounts.reset(name)
        await sessions.end_all(accounts.get(name).identity.id)
        await access.note(caller(request), RIGHT, "user.reset", name)
        return OneTime(name=name, password=password)

    @routes.delete("/users/{name}", status_code=204, responses=problems(404, 409))
    async def remove(request: Request, name: str) -> None:
        """Take an account away, with its sessions and subscriptions."""
        account = kept_here(name)
        giving(request).require_all(account.grants)
        await accounts.remove(name)
        await sessions.end_all(account.identity.id)
        await _end_subscriptions(rooms, account.identity.id)
        await access.note(caller(request), RIGHT, "user.remove", name)

    @routes.get("/tokens")
    async def list_tokens(request: Request) -> list[TokenView]:
        """Tokens of services that this tenant keeps, by name."""
        by = giving(request)
        held = tokens.all(device=False, tenant=access.tenant)
        return [TokenView(**token_view(one, by)) for one in held]  # type: ignore[arg-type]

    @routes.post("/tokens", status_code=201, responses=problems(400))
    async def make(request: Request, wanted: NewToken) -> MadeToken:
        """Make a token; its text is shown once."""
        by = caller(request)
        given = read(wanted.grants, access.tenant)
        giving(request).require(given)
        made: Made = await tokens.make(
            wanted.name, given, by=by.who.name, days=wanted.days, tenant=access.tenant
        )
        await access.note(by, RIGHT, "token.make", made.token.id, grants=_said(given))
        shown = token_view(made.token, giving(request))
        return MadeToken(**shown, text=made.text)  # type: ignore[arg-type]

    @routes.delete("/tokens/{key}", status_code=204, responses=problems(404))
    async def revoke(request: Request, key: str) -> None:
        """Let a token hold no more, and take its subscriptions away."""
        held = {one.id for one in tokens.all(device=False, tenant=access.tenant)}
        if key not in held:
            raise NotFoundError(f"token {key[:80]!r}: there is none")
        token = await tokens.revoke(key)
        await _end_subscriptions(rooms, token.identity.id)
        await access.note(caller(request), RIGHT, "token.revoke", key)

    return routes


async def _end_subscriptions(rooms: Rooms, identity: str) -> None:
    """Take away what somebody who is gone subscribed to, in every tenant that is open.

    One that is not has no subscriptions: it would be.
    """
    await rooms.subscriptions.delete_of(identity)
    for others in rooms.tenants.opened().values():
        if others is not rooms:
            await others.subscriptions.delete_of(identity)


def _said(given: tuple[object, ...]) -> str:
    return msgspec.json.encode(given).decode()
