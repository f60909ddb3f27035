"""Sessions of browsers: kept here, known by a random number in a cookie."""

from __future__ import annotations

from typing import Final

import msgspec

from kota.access.identity import Identity
from kota.access.secret import digest, new_secret
from kota.access.shelf import Shelf
from kota.clock import Clock
from kota.model.instant import SECOND
from kota.store.state import StateStore

KIND: Final = "session"
_SEEN_EVERY: Final = 60 * SECOND
"""A session's last use is written down at most so often."""
_MOST: Final = 50
"""Sessions of one person; the oldest ends where another begins."""


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody at a browser.

    Args:
        who: id of the identity.
        csrf: what a change must repeat in a header.
        began_at, seen_at: instants.
        account: name of the local account; None: came from elsewhere, and is
        identity: this.
        version: of the account when it began.
        purpose: what personal data is looked at for.
        where: address it began at.
        id_token: of OpenID Connect, to sign out there too.
    """

    who: str
    csrf: str
    began_at: int
    seen_at: int
    account: str | None = None
    identity: Identity | None = None
    version: int = 0
    purpose: str | None = None
    where: str = ""
    id_token: str | None = None


class Sessions:
    """All of them.

    Args:
        store: keeps them.
        clock: wall time.
        idle: a session that is not used for so long is over [µs].
        longest: no session lasts longer [µs].
    """

    def __init__(self, store: StateStore, clock: Clock, *, idle: int, longest: int) -> None:
        self._shelf = Shelf(store, KIND, Session)
        self._clock = clock
        self._idle = idle
        self._longest = longest
        self._seen: dict[str, int] = {}

    async def load(self) -> None:
        """Take up what the store kept, without what is over."""
        await self._shelf.load()
        await self.sweep()

    async def begin(self, session: Session) -> str:
        """Keep a session; returns the secret for its cookie."""
        mine = [(one.began_at, key) for key, one in self._shelf.items() if one.who == session.who]
        await self._shelf.drop(*(key for _, key in sorted(mine)[: -_MOST + 1]))
        secret = new_secret()
        await self._shelf.put(digest(secret), session)
        return secret

    def find(self, secret: str) -> tuple[str, Session] | None:
        """A session that holds, and its key."""
        key = digest(secret)
        session = self._shelf.get(key)
        if session is None:
            return None
        now = self._clock.now()
        if self._is_over(key, session, now):
            return None
        self._seen[key] = now
        return key, session

    def holding(self, key: str) -> Session | None:
        """A session by its key, where it is still there and not over."""
        session = self._shelf.get(key)
        if session is None or self._is_over(key, session, self._clock.now()):
            return None
        return session

    async def state_purpose(self, key: str, purpose: str | None) -> Session | None:
        """Say what personal data is looked at for from now on."""
        session = self._shelf.get(key)
        if session is None:
            return None
        changed = msgspec.structs.replace(session, purpose=purpose)
        await self._shelf.put(key, changed)
        return changed

    def count(self, who: str) -> int:
        """How many sessions somebody has."""
        return sum(one.who == who for _, one in self._shelf.items())

    async def end(self, key: str) -> None:
        """Sign out."""
        await self._drop(key)

    async def end_all(self, who: str, *, but: str | None = None) -> int:
        """End every session of somebody, or every other one; returns how many there were."""
        keys = [key for key, one in self._shelf.items() if one.who == who and key != but]
        await self._drop(*keys)
        return len(keys)

    async def sweep(self) -> None:
        """Forget what is over, and write down when the others were last used."""
        now = self._clock.now()
        over = [key for key, one in self._shelf.items() if self._is_over(key, one, now)]
        await self._drop(*over)
        used = {
            key: msgspec.structs.replace(one, seen_at=self._seen[key])
            for key, one in self._shelf.items()
            if self._seen.get(key, 0) - one.seen_at >= _SEEN_EVERY
        }
        if used:
            await self._shelf.put_all(used)

    async def _drop(self, *keys: str) -> None:
        for key in keys:
            self._seen.pop(key, None)
        await self._shelf.drop(*keys)

    def _is_over(self, key: str, session: Session, now: int) -> bool:
        seen = max(self._seen.get(key, 0), session.seen_at)
        return now - seen >= self._idle or now - session.began_at >= self._longest
