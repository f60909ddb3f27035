"""Local accounts: signing in, waiting, the second factor, the last administrator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kota.access import totp
from kota.access.accounts import Accounts, SecondFactorError, WaitError
from kota.access.identity import Grant
from kota.access.right import Role
from kota.access.sealing import FILE_NAME, Sealing
from kota.errors import (
    AlreadyExistsError,
    BadRequestDataError,
    ConflictError,
    NotFoundError,
    UnrecognisedError,
)
from kota.store.state.sqlite import SqliteState

GOOD = "three grey herons at dawn"
ADMIN = (Grant(role=Role.ADMINISTRATOR),)


async def test_a_one_time_password_opens_the_door_once_and_must_be_changed(
    accounts: Accounts,
) -> None:
    password = await accounts.add("ana", ADMIN)
    account = await accounts.sign_in("ana", password)
    assert account.must_change
    changed = await accounts.change_password("ana", password, GOOD)
    assert not changed.must_change
    assert changed.version > account.version
    with pytest.raises(UnrecognisedError):
        await accounts.sign_in("ana", password)
    assert (await accounts.sign_in("ana", GOOD)).grants == ADMIN


async def test_a_one_time_password_is_over_after_a_week(accounts: Accounts, clock: Any) -> None:
    password = await accounts.add("ana")
    clock.advance(7 * 86_400)
    with pytest.raises(UnrecognisedError, match="name or password is wrong"):
        await accounts.sign_in("ana", password)


async def test_no_password_is_kept_as_it_was_typed(
    accounts: Accounts, store: SqliteState, tmp_path: Path
) -> None:
    password = await accounts.add("ana")
    await accounts.change_password("ana", password, GOOD)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"$argon2id$v=19$m=19456,t=2,p=1$" in kept
    assert GOOD.encode() not in kept
    assert password.encode() not in kept


@pytest.mark.parametrize(
    "weak",
    ["short", "x" * 300, "aaaaaaaaaaaaaaaa", "password1234", "kotakotakota", "anaanaanaana1"],
)
async def test_weak_passwords_are_refused(accounts: Accounts, weak: str) -> None:
    password = await accounts.add("ana")
    with pytest.raises(BadRequestDataError, match="password"):
        await accounts.change_password("ana", password, weak)
    assert (await accounts.sign_in("ana", password)).must_change


async def test_wrong_passwords_cost_growing_waits_whoever_is_named(
    accounts: Accounts, clock: Any
) -> None:
    password = await accounts.add("ana")
    for name in ("ana", "nobody"):
        for _ in range(5):
            with pytest.raises(UnrecognisedError):
                await accounts.sign_in(name, "wrong")
        with pytest.raises(WaitError) as waits:
            await accounts.sign_in(name, "wrong")
        assert 1 <= waits.value.seconds <= 2
    with pytest.raises(WaitError):
        await accounts.sign_in("ana", password)
    clock.advance(2)
    with pytest.raises(UnrecognisedError):
        await accounts.sign_in("ana", "wrong")
    with pytest.raises(WaitError) as longer:
        await accounts.sign_in("ana", password)
    assert longer.value.seconds > waits.value.seconds
    clock.advance(3)
    assert (await accounts.sign_in("ana", password)).failures == 0


async def test_waits_outlast_a_restart(
    accounts: Accounts, store: SqliteState, clock: Any, tmp_path: Path
) -> None:
    password = await accounts.add("ana")
    for _ in range(5):
        with pytest.raises(UnrecognisedError):
            await accounts.sign_in("ana", "wrong")
    again = Accounts(store, clock, Sealing(tmp_path))
    await again.load()
    with pytest.raises(WaitError):
        await again.sign_in("ana", password)


async def test_a_second_factor_is_asked_for_and_holds_once(accounts: Accounts, clock: Any) -> None:
    password = await accounts.add("ana")
    key, _ = accounts.offer_second_factor("ana")
    with pytest.raises(BadRequestDataError, match="code"):
        await accounts.set_second_factor("ana", key, "000000")
    at = clock.now() // 1_000_000
    await accounts.set_second_factor("ana", key, totp.code(key, at // 30))
    with pytest.raises(SecondFactorError):
        await accounts.sign_in("ana", password)
    with pytest.raises(UnrecognisedError, match="was used"):
        await accounts.sign_in("ana", password, totp.code(key, at // 30))
    clock.advance(30)
    code = totp.code(key, at // 30 + 1)
    await accounts.sign_in("ana", password, code)
    with pytest.raises(UnrecognisedError, match="was used"):
        await accounts.sign_in("ana", password, code)


async def test_a_second_factor_cannot_be_read_without_the_key_beside_the_store(
    accounts: Accounts, store: SqliteState, clock: Any, tmp_path: Path
) -> None:
    password = await accounts.add("ana")
    key, _ = accounts.offer_second_factor("ana")
    await accounts.set_second_factor("ana", key, totp.code(key, clock.now() // 1_000_000 // 30))
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    kept = (tmp_path / "state.sqlite-wal").read_bytes()
    assert key.encode() not in kept
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copied = Accounts(store, clock, Sealing(elsewhere))
    await copied.load()
    with pytest.raises(UnrecognisedError, match="brought from elsewhere"):
        await copied.sign_in("ana", password, "123456")
    again = await copied.reset("ana")
    assert (await copied.sign_in("ana", again)).totp is None


async def test_somebody_stays_who_may_say_who_may_do_what(accounts: Accounts) -> None:
    await accounts.add("ana", ADMIN)
    with pytest.raises(ConflictError, match="last"):
        await accounts.remove("ana")
    with pytest.raises(ConflictError, match="last"):
        await accounts.set_grants("ana", (Grant(role=Role.VIEWER),))
    with pytest.raises(ConflictError, match="last"):
        await accounts.set_grants("ana", (Grant(role=Role.ADMINISTRATOR, areas=("/kl",)),))
    await accounts.add("ben", ADMIN)
    await accounts.remove("ana")
    with pytest.raises(NotFoundError):
        accounts.get("ana")


@pytest.mark.parametrize("name", ["", "Ana", "a b", "../a", "a" * 65, "<script>"])
async def test_names_that_are_none_are_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(BadRequestDataError, match="name"):
        await accounts.add(name)


async def test_a_name_is_given_once(accounts: Accounts) -> None:
    await accounts.add("ana")
    with pytest.raises(AlreadyExistsError):
        await accounts.add("ana")
