"""One local account, and how long it must wait after wrong passwords."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from kota.access.identity import ROOT_TENANT, Grant, Identity
from kota.errors import BadRequestDataError
from kota.model.instant import SECOND

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_FREE: Final = 4
"""So many wrong passwords cost no wait."""
_LONGEST_S: Final = 900


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who signs in with a password.

    Args:
        name: unique, lower case.
        title: as it stands on the screen; empty: the name.
        password: its Argon2id hash.
        grants: what was given.
        must_change: whether the password has to be changed before anything else.
        expires_at: of a one-time password, an instant.
        totp: sealed secret of the second factor; None: there is none.
        totp_step: time step of the last code that was accepted.
        failures: wrong passwords since the last right one.
        locked_until: no attempt before this instant.
        version: rises when whatever sessions rest on has changed; older sessions are over.
        created_at: an instant.
        tenant: whose administrators keep it.
    """

    name: str
    password: str
    title: str = ""
    grants: tuple[Grant, ...] = ()
    must_change: bool = False
    expires_at: int | None = None
    totp: str | None = None
    totp_step: int = 0
    failures: int = 0
    locked_until: int = 0
    version: int = 1
    created_at: int = 0
    tenant: str = ROOT_TENANT

    @property
    def identity(self) -> Identity:
        """Who that is."""
        return Identity(id=f"account:{self.name}", name=self.title or self.name, grants=self.grants)


def wait_after(failures: int) -> int:
    """How long to wait after so many wrong passwords [µs]: each wait is twice the last.

    >>> [wait_after(n) // SECOND for n in (1, 4, 5, 6, 9, 40)]
    [0, 0, 1, 2, 16, 900]
    """
    if failures <= _FREE:
        return 0
    return int(min(2.0 ** min(failures - _FREE - 1, 30), _LONGEST_S)) * SECOND


def require_account_name(name: str) -> str:
    """A name as accounts have it.

    Raises:
        BadRequestDataError: it is none.
    """
    if not NAME.fullmatch(name):
        raise BadRequestDataError(
            f"name: {name[:80]!r} is none of an account",
            hint="use lower-case letters, digits and . _ @ -, at most 64",
        )
    return name
