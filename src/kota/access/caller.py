"""Whoever makes a request, as far as he was recognised."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kota.access.identity import Identity


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A recognised caller.

    Args:
        who: who it is.
        purpose: what personal data is looked at for, as stated.
        session: key of the browser's session; None: a token, or nobody.
        account: name of the local account behind a session.
        must_change: whether the password has to be changed first.
        where: address that it came from.
        tenant: of the credential of a device; None: the default one.
        holds: whether what it was recognised by still holds.
    """

    who: Identity
    purpose: str | None = None
    session: str | None = None
    account: str | None = None
    must_change: bool = False
    where: str = ""
    tenant: str | None = None
    holds: Callable[[], bool] = lambda: True
