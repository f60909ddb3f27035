"""Sessions and tokens: what holds, how long, and what is kept of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kota.access.identity import NOBODY, Grant
from kota.access.recogniser import Recogniser
from kota.access.right import Role
from kota.access.sessions import Session, Sessions
from kota.access.tokens import Tokens
from kota.errors import BadRequestDataError, NotFoundError
from kota.model.instant import SECOND
from kota.store.state.sqlite import SqliteState

VIEWER = (Grant(role=Role.VIEWER),)


def sessions_of(store: SqliteState, clock: Any) -> Sessions:
    return Sessions(store, clock, idle=1800 * SECOND, longest=3600 * SECOND)


def session(clock: Any, who: str = "account:ana") -> Session:
    return Session(who=who, csrf="c", began_at=clock.now(), seen_at=clock.now())


async def test_a_session_ends_when_idle_and_at_its_longest(store: SqliteState, clock: Any) -> None:
    sessions = sessions_of(store, clock)
    idle = await sessions.begin(session(clock))
    used = await sessions.begin(session(clock))
    for _ in range(3):
        clock.advance(1000)
        assert sessions.find(used) is not None
    assert sessions.find(idle) is None
    clock.advance(601)
    assert sessions.find(used) is None
    await sessions.sweep()
    assert sessions.count("account:ana") == 0


async def test_a_session_outlasts_a_restart_and_its_secret_is_not_kept(
    store: SqliteState, clock: Any, tmp_path: Path
) -> None:
    sessions = sessions_of(store, clock)
    secret = await sessions.begin(session(clock))
    again = sessions_of(store, clock)
    await again.load()
    assert again.find(secret) is not None
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert secret.encode() not in kept


async def test_somebody_has_so_many_sessions_and_no_more(store: SqliteState, clock: Any) -> None:
    sessions = sessions_of(store, clock)
    first = await sessions.begin(session(clock))
    for _ in range(50):
        clock.advance(0.001)
        last = await sessions.begin(session(clock))
    assert sessions.find(first) is None
    assert sessions.find(last) is not None
    assert sessions.count("account:ana") == 50
    assert await sessions.end_all("account:ana") == 50
    assert sessions.find(last) is None


async def test_a_token_holds_until_it_expires_or_is_revoked(
    store: SqliteState, clock: Any, tmp_path: Path
) -> None:
    tokens = Tokens(store, clock)
    short = await tokens.make("report", VIEWER, by="Ana", days=1)
    long = await tokens.make("export", VIEWER, by="Ana", days=None)
    again = Tokens(store, clock)
    await again.load()
    found = again.find(short.text)
    assert found is not None
    assert found.identity.grants == VIEWER
    assert not found.identity.person
    clock.advance(86_400)
    assert again.find(short.text) is None
    assert again.find(long.text) is not None
    await again.revoke(long.token.id)
    assert again.find(long.text) is None
    with pytest.raises(NotFoundError):
        await again.revoke(long.token.id)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert short.text.removeprefix("kota_").encode() not in kept


@pytest.mark.parametrize("text", ["", "kota_", "kota_x", "Bearer", "kota_" + "A" * 10_000])
async def test_forged_tokens_are_nobodys(store: SqliteState, clock: Any, text: str) -> None:
    tokens = Tokens(store, clock)
    await tokens.make("report", VIEWER, by="Ana")
    assert tokens.find(text) is None


async def test_devices_get_credentials_in_bulk_and_new_ones_replace_the_old(
    store: SqliteState, clock: Any
) -> None:
    tokens = Tokens(store, clock)
    first = await tokens.issue([f"d{n}" for n in range(1000)], by="Ana")
    assert len({one.text for one in first}) == 1000
    (second,) = await tokens.issue(["d7", "d7"], by="Ana")
    assert tokens.find(first[7].text) is None
    assert tokens.find(second.text) is not None
    assert tokens.find(first[8].text) is not None
    assert await tokens.revoke_devices(["d8", "unknown"]) == 1
    assert tokens.find(first[8].text) is None


@pytest.mark.parametrize(("name", "days"), [("", 1), ("x" * 201, 1), ("a\nb", 1), ("a", 0)])
async def test_tokens_without_name_or_time_are_refused(
    store: SqliteState, clock: Any, name: str, days: float
) -> None:
    with pytest.raises(BadRequestDataError):
        await Tokens(store, clock).make(name, VIEWER, by="Ana", days=days)


async def test_who_left_something_behind_is_known_as_long_as_he_is_there(
    store: SqliteState, clock: Any, accounts: Any
) -> None:
    tokens = Tokens(store, clock)
    known = Recogniser(store, accounts, sessions_of(store, clock), tokens)
    await known.load()
    made = await tokens.make("report", VIEWER, by="Ana")
    await accounts.add("ana", VIEWER)
    for identity in (f"token:{made.token.id}", "account:ana"):
        assert known.known(identity).grants == VIEWER
    await tokens.revoke(made.token.id)
    await accounts.set_grants("ana", ())
    assert known.known(f"token:{made.token.id}") is NOBODY
    assert known.known("account:ana").grants == ()
    assert known.known("https://issuer.example#7") is NOBODY
