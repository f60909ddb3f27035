"""Sends a request to the tenant that it names (ETSI GS CIM 009 V1.9.1, clauses 4.14, 6.3.14).

Whoever was given nothing in a tenant is answered as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from kota.access.identity import ROOT_TENANT
from kota.access.tenant import NAME, NonexistentTenantError, Tenant
from kota.api.calling import CALLER
from kota.api.kota.acting import LOCAL_CALLER
from kota.api.ngsi_ld.binding import PREFIX

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kota.access.caller import Caller
    from kota.api.rooms import Rooms

HEADER: Final = b"ngsild-tenant"
_NGSI_LD: Final = PREFIX + "/"
_SESSION: Final = "/api/v1/session"
_WITH_BODY: Final = frozenset({"POST", "PATCH", "PUT"})
_CREATING: Final = frozenset(
    _NGSI_LD + one
    for one in (
        "entities",
        "entityOperations/create",
        "entityOperations/upsert",
        "temporal/entities",
        "subscriptions",
        "jsonldContexts",
    )
)
"""Operations that make a tenant which is not there (clause 5.5.10)."""


def tenant_asked(scope: Scope) -> str | None:
    """The tenant that a request names: in the header, or where a browser can send none.

    Pages, files and the live stream take it as ``?tenant=`` too.
    """
    for name, value in scope["headers"]:
        if name == HEADER:
            return value.decode("latin-1").strip() or None
    query: bytes = scope["query_string"]
    if b"tenant=" in query and not scope["path"].startswith(_NGSI_LD):
        found = parse_qs(query.decode("latin-1")).get("tenant")
        return found[0] if found else None
    return None


class TenantDoor:
    """The faces of the tenants beside the default one.

    Args:
        rooms: of the default tenant.
        default: its faces.
        build: the faces of a tenant's rooms.
        asks: whether callers are asked who they are.
    """

    def __init__(
        self,
        rooms: Rooms,
        default: ASGIApp,
        build: Callable[[Rooms], ASGIApp],
        *,
        asks: bool,
    ) -> None:
        self._rooms = rooms
        self._default = default
        self._build = build
        self._asks = asks
        self._built: dict[str, tuple[Rooms, ASGIApp]] = {}
        rooms.tenants.on_close(lambda name: self._built.pop(name, None))

    async def __call__(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that names a tenant.

        Raises:
            NonexistentTenantError: there is none, or the caller was given nothing in it.
            StoreError: its data cannot be opened.
        """
        answer = echoing(send, name)
        caller: Caller | None = scope.get(CALLER)
        if name == ROOT_TENANT or self._for_all(caller, scope):
            await self._default(scope, receive, answer)
            return
        await self._require(name, caller, scope)
        async with self._rooms.tenants.lease(name) as rooms:
            await self._faces(name, rooms)(scope, receive, answer)

    def _for_all(self, caller: Caller | None, scope: Scope) -> bool:
        """Whether the default tenant answers: it refuses strangers, and keeps who is who."""
        if scope["type"] == "http":
            method = scope["method"]
            if scope["path"].startswith(_SESSION) and method != "GET":
                return True
            lengthless = all(name != b"content-length" for name, _ in scope["headers"])
            if method in _WITH_BODY and lengthless and scope["path"].startswith(_NGSI_LD):
                return True
        return self._asks and (caller is None or not caller.who.id or caller.must_change)

    async def _require(self, name: str, caller: Caller | None, scope: Scope) -> None:
        if self._rooms.tenants.book.find(name) is None:
            if not self._creates(name, caller, scope):
                raise NonexistentTenantError(name)
            await add_tenant(self._rooms, caller, Tenant(name=name))
            return
        policy = self._rooms.access.sights.policy
        if self._asks and (caller is None or not policy.rights(caller.who, name)):
            raise NonexistentTenantError(name)

    def _creates(self, name: str, caller: Caller | None, scope: Scope) -> bool:
        """Whether a request makes its tenant: it creates something, and the caller may."""
        if scope["type"] != "http" or scope["method"] != "POST" or not NAME.fullmatch(name):
            return False
        if scope["path"].rstrip("/") not in _CREATING:
            return False
        if self._rooms.tenants.book.is_known(name):
            return False
        if not self._asks:
            return True
        return caller is not None and self._rooms.access.may(caller, "tenants.manage")

    def _faces(self, name: str, rooms: Rooms) -> ASGIApp:
        kept = self._built.get(name)
        if kept is None or kept[0] is not rooms:
            kept = self._built[name] = (rooms, self._build(rooms))
        return kept[1]


async def add_tenant(rooms: Rooms, caller: Caller | None, tenant: Tenant) -> Tenant:
    """Make a tenant, and tell the audit of the one above it.

    Args:
        rooms: of the tenant above, or of any above that.
        caller: who makes it; None: nobody was asked.
        tenant: its time of creation is set.
    """
    made = Tenant(
        name=tenant.name,
        parent=tenant.parent,
        title=tenant.title,
        quota=tenant.quota,
        solutions=tenant.solutions,
        created_at=rooms.clock.now(),
    )
    await rooms.tenants.book.add(made)
    told: dict[str, Any] = {"parent": made.parent}
    await rooms.access.note(
        caller or LOCAL_CALLER, "tenants.manage", "tenant.add", made.name, **told
    )
    return made


def echoing(send: Send, name: str) -> Send:
    """A `send` that names the tenant in the answer, errors included (clause 6.3.14).

    A name that could break out of its line is not repeated.
    """
    if not (name.isascii() and name.isprintable()):
        return send
    header = (HEADER, name.encode("ascii"))

    async def echo(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await send(message)

    return echo
