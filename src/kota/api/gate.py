"""Recognises who makes a request, and refuses what he has no right to."""

from __future__ import annotations

import time
from base64 import b64decode
from binascii import Error as Base64Error
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec

from kota.access.caller import Caller
from kota.access.recogniser import STRANGER
from kota.access.secret import same
from kota.access.tokens import PREFIX
from kota.api.calling import CALLER
from kota.api.kota.acting import ACTOR
from kota.api.rights import need_of
from kota.api.security import is_foreign
from kota.errors import ForbiddenError, UnrecognisedError
from kota.operate.actor import Actor

if TYPE_CHECKING:
    from starlette.types import Scope

    from kota.access.access import Access

COOKIE: Final = "kota"
SECURE_COOKIE: Final = "__Host-kota"
"""Over https; a browser takes it from this host alone, and only over https (RFC 6265bis)."""
CSRF: Final = b"kota-csrf"
PURPOSE: Final = b"kota-purpose"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_PURPOSE: Final = 100
_NOTE_S: Final = 3600.0
_REMEMBERED: Final = 10_000


class Gate:
    """Stands before every face.

    Args:
        access: knows everybody.
        secure: whether browsers reach this server over https.
    """

    def __init__(self, access: Access, *, secure: bool) -> None:
        self.access = access
        self.secure = secure
        self.cookie = SECURE_COOKIE if secure else COOKIE
        self._cookie = self.cookie.encode() + b"="
        self._kept: dict[tuple[bytes, bytes | None, str], Caller] = {}
        self._noted: dict[tuple[str, str | None], float] = {}

    async def recognise(self, scope: Scope) -> Caller:
        """Put the caller into a request's scope.

        Raises:
            UnrecognisedError: what was shown does not hold.
            ForbiddenError: a page of elsewhere asks in the name of whoever sits at the browser.
        """
        shown = cookie = csrf = purpose = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                shown = value
            elif name == b"cookie":
                cookie = _named(value, self._cookie) or cookie
            elif name == CSRF:
                csrf = value
            elif name == PURPOSE:
                purpose = value
        where = _address(scope)
        if shown is not None:
            caller = await self._by_token(shown, purpose, where)
        elif cookie is not None:
            caller = _told(self._by_cookie(scope, cookie, csrf), purpose, where)
        else:
            caller = _told(STRANGER, purpose, where)
        scope[CALLER] = caller
        return caller

    async def note_purpose(self, caller: Caller) -> None:
        """Write down that personal data is looked at, and what for: once in an hour."""
        if caller.purpose is None:
            return
        held = any(caller.purpose in grant.purposes for grant in caller.who.grants)
        key = (caller.who.id, caller.purpose)
        now = time.monotonic()
        if not held or self._noted.get(key, -_NOTE_S) > now - _NOTE_S:
            return
        if len(self._noted) >= _REMEMBERED:
            self._noted.clear()
        self._noted[key] = now
        await self.access.note(caller, "entities.read", "personal.read", caller.purpose or "")

    def admit(self, scope: Scope) -> None:
        """Refuse a request to one of the pages that the caller has no right to.

        Raises:
            UnrecognisedError: nobody knows the caller.
            ForbiddenError: somebody does.
        """
        caller: Caller = scope[CALLER]
        method = "GET" if scope["type"] == "websocket" else scope["method"]
        need = need_of(method, scope["path"])
        if need is not None and need.right is None:
            return
        self.require_known(caller)
        if need is None or need.right is None:
            raise ForbiddenError(f"{method} {scope['path']}: nobody has a right to this")
        if need.somewhere:
            self.access.require_somewhere(caller, need.right)
        else:
            self.access.require(caller, need.right)
        role = self.access.role(caller, need.right)
        scope[ACTOR] = Actor(caller.who.name, role, caller.where)

    def require_known(self, caller: Caller) -> None:
        """Refuse whoever was not recognised.

        Raises:
            UnrecognisedError: he was not.
            ForbiddenError: he was, and has to change his password first.
        """
        if caller.must_change:
            raise ForbiddenError("the one-time password has to be changed first")
        if not caller.who.id:
            raise UnrecognisedError("nobody is signed in", hint="sign in, or send a bearer token")

    async def _by_token(self, shown: bytes, purpose: bytes | None, where: str) -> Caller:
        """Whoever shows a token; one of this town's own is remembered while it holds."""
        key = (sha256(shown).digest(), purpose, where)
        kept = self._kept.get(key)
        if kept is not None and kept.holds():
            return kept
        kind, _, rest = shown.decode("latin-1").partition(" ")
        text = rest.strip()
        found: Caller | None = None
        if kind.lower() == "bearer":
            found = await self.access.recogniser.by_token(text)
        elif kind.lower() == "basic":
            found = await self._by_basic(text)
        if found is None:
            raise UnrecognisedError("the token does not hold: it is wrong, expired or revoked")
        caller = _told(found, purpose, where)
        if text.startswith(PREFIX):
            if len(self._kept) >= _REMEMBERED:
                self._kept.clear()
            self._kept[key] = caller
        return caller

    async def _by_basic(self, text: str) -> Caller | None:
        """A device that can send no more than a name and a password."""
        try:
            name, _, secret = b64decode(text, validate=True).decode().partition(":")
        except (Base64Error, UnicodeDecodeError):
            return None
        caller = await self.access.recogniser.by_token(secret)
        if caller is None or not caller.who.id.startswith("device:") or caller.who.name != name:
            return None
        return caller

    def _by_cookie(self, scope: Scope, cookie: bytes, csrf: bytes | None) -> Caller:
        found = self.access.recogniser.by_session(cookie.decode("latin-1"))
        if found is None:
            return STRANGER
        caller, session = found
        if scope["type"] == "websocket":
            if is_foreign(scope) or not any(name == b"origin" for name, _ in scope["headers"]):
                raise ForbiddenError("Origin: pages of other hosts may not watch")
            return caller
        signs_in = scope["path"] == "/api/v1/session" and scope["method"] == "POST"
        if scope["method"] in _SAFE or (signs_in and not is_foreign(scope)):
            return caller
        if csrf is None or not same(csrf.decode("latin-1"), session.csrf) or is_foreign(scope):
            raise ForbiddenError(
                "Kota-Csrf: missing or not this session's", hint="GET /api/v1/session tells it"
            )
        return caller


def _told(caller: Caller, purpose: bytes | None, where: str) -> Caller:
    """A caller with what his request says besides."""
    stated = caller.purpose if purpose is None else _purpose(purpose)
    return msgspec.structs.replace(caller, where=where, purpose=stated)


def _named(cookies: bytes, name: bytes) -> bytes | None:
    for one in cookies.split(b";"):
        part = one.strip()
        if part.startswith(name):
            return part[len(name) :]
    return None


def _purpose(value: bytes) -> str | None:
    text = value.decode("latin-1").strip()
    return text[:_LONGEST_PURPOSE] if text.isprintable() and text else None


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
