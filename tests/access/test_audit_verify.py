"""A real audit, tampered with in its file as whoever can write it would."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kota.access.audit_chain import Seal
from kota.access.audit_key import load_key
from kota.access.audit_line import Line, encode
from kota.access.audit_seals import SEAL_S, Sealer, read_seal_file, write_seal
from kota.access.audit_verify import Verdict, verify
from kota.config import AUDIT_KEY
from kota.errors import ConfigurationError, StoreError
from kota.store import backup as backups
from kota.store.history.duckdb import DuckHistory
from kota.store.state.chain import Link, chained
from kota.store.state.sqlite import SqliteState

Tamper = Callable[[sqlite3.Connection], object]


def line(clock: Any, number: int) -> bytes:
    subject = f"urn:ngsi-ld:Pump:{number}"
    return encode(Line(at=clock.now(), who="Ana", role="operator", what="x", subject=subject))


async def write(folder: Path, clock: Any, lines: int = 6, *, close_sealed: bool = True) -> Seal:
    """Let a town live for a while, sealed once in the midst; returns that seal."""
    store = SqliteState(folder, clock)
    await store.open()
    sealer = Sealer(store, load_key(folder), clock)
    await sealer.open()
    seal = None
    for number in range(lines):
        clock.advance(60)
        await store.apply([], audit=[line(clock, number)])
        if number == lines // 2:
            seal = await sealer.seal()
    if close_sealed:
        await sealer.seal()
    await store.close()
    assert seal is not None
    return seal


def tamper(folder: Path, with_it: Tamper) -> None:
    connection = sqlite3.connect(folder / "state.sqlite")
    with_it(connection)
    connection.commit()
    connection.close()


def chain_anew(connection: sqlite3.Connection) -> None:
    """What whoever knows the code does after he changed a line."""
    rows = connection.execute("SELECT CAST(body AS BLOB) FROM audit ORDER BY number").fetchall()
    connection.execute("DELETE FROM audit")
    for link in chained(None, [body for (body,) in rows]):
        connection.execute(
            "INSERT INTO audit VALUES (?, ?, ?)", (link.number, link.body, link.digest)
        )


def change(number: int) -> Tamper:
    return lambda c: c.execute(
        "UPDATE audit SET body = replace(body, 'Ana', 'Eve') WHERE number = ?", (number,)
    )


def verdict(folder: Path, *handed: Seal) -> Verdict:
    return verify(folder, handed)


async def test_audit_when_nobody_touched_it_then_it_is_whole(tmp_path: Path, clock: Any) -> None:
    seal = await write(tmp_path, clock)
    found = verdict(tmp_path, seal)
    assert found.fault is None
    assert (found.lines, found.sealed) == (7, 7)
    assert found.last == clock.now()


@pytest.mark.parametrize(
    ("what", "number", "words"),
    [
        (change(4), 4, "not what its digest"),
        (lambda c: c.execute("DELETE FROM audit WHERE number = 3"), 3, "missing"),
        (lambda c: c.execute("DELETE FROM audit WHERE number > 5"), 6, "cut off"),
        (lambda c: (change(2)(c), chain_anew(c)), 5, "made over other lines"),
        (
            lambda c: c.execute("UPDATE document SET body = 'x' WHERE kind = 'audit-seal'"),
            1,
            "cannot be read",
        ),
    ],
)
async def test_audit_when_it_is_tampered_with_then_the_place_is_named(
    tmp_path: Path, clock: Any, what: Tamper, number: int, words: str
) -> None:
    await write(tmp_path, clock)
    tamper(tmp_path, what)
    fault = verdict(tmp_path).fault
    assert fault is not None
    assert fault.number == number
    assert words in fault.words
    assert fault.at is not None


async def test_audit_when_chained_and_sealed_anew_with_another_key_then_the_key_betrays_it(
    tmp_path: Path, clock: Any
) -> None:
    await write(tmp_path, clock)
    forger = load_key(tmp_path / "..")
    (tmp_path / ".." / AUDIT_KEY).unlink()

    def forge(connection: sqlite3.Connection) -> None:
        change(3)(connection)
        chain_anew(connection)
        connection.execute("DELETE FROM document WHERE kind = 'audit-seal'")
        last = connection.execute("SELECT * FROM audit ORDER BY number DESC").fetchone()
        seal = forger.seal(last[0], clock.now(), last[2])
        connection.execute(
            "INSERT INTO document VALUES ('audit-seal', ?, ?)",
            (f"{last[0]:020d}", write_seal(seal)),
        )

    tamper(tmp_path, forge)
    fault = verdict(tmp_path).fault
    assert fault is not None
    assert "a key that is not named" in fault.words


async def test_audit_when_its_seals_are_removed_then_the_silence_betrays_it(
    tmp_path: Path, clock: Any
) -> None:
    await write(tmp_path, clock, lines=round(4 * SEAL_S / 60))
    tamper(
        tmp_path,
        lambda c: (
            change(3)(c),
            chain_anew(c),
            c.execute("DELETE FROM document WHERE kind = 'audit-seal'"),
        ),
    )
    fault = verdict(tmp_path).fault
    assert fault is not None
    assert "seals were removed" in fault.words


async def test_audit_when_the_holder_of_the_key_forges_it_then_a_seal_handed_out_betrays_him(
    tmp_path: Path, clock: Any
) -> None:
    seal = await write(tmp_path, clock)
    key = load_key(tmp_path)

    def forge(connection: sqlite3.Connection) -> None:
        change(2)(connection)
        chain_anew(connection)
        connection.execute("DELETE FROM document WHERE kind = 'audit-seal'")
        number, body, digest = connection.execute(
            "SELECT * FROM audit ORDER BY number DESC"
        ).fetchone()
        link = Link(number, body, digest)
        kept = write_seal(key.seal(link.number, clock.now(), link.digest))
        connection.execute("INSERT INTO document VALUES ('audit-seal', ?, ?)", ("7", kept))

    tamper(tmp_path, forge)
    assert verdict(tmp_path).fault is None
    fault = verdict(tmp_path, seal).fault
    assert fault is not None
    assert fault.number == seal.number


async def test_audit_when_a_crash_left_its_end_unsealed_then_it_is_whole_and_sealed_at_the_start(
    tmp_path: Path, clock: Any
) -> None:
    await write(tmp_path, clock, close_sealed=False)
    assert verdict(tmp_path).fault is None
    assert verdict(tmp_path).sealed < 7
    store = SqliteState(tmp_path, clock)
    await store.open()
    await Sealer(store, load_key(tmp_path), clock).open()
    await store.close()
    assert verdict(tmp_path).sealed == 7


async def test_key_when_lost_then_the_new_one_is_named_and_old_seals_hold(
    tmp_path: Path, clock: Any
) -> None:
    seal = await write(tmp_path, clock)
    (tmp_path / AUDIT_KEY).unlink()
    await write(tmp_path, clock)
    found = verdict(tmp_path, seal)
    assert found.fault is None
    assert found.sealed == found.lines == 14


async def test_backup_when_restored_then_the_audit_is_whole(tmp_path: Path, clock: Any) -> None:
    data = tmp_path / "data"
    seal = await write(data, clock)
    store, history = SqliteState(data, clock), DuckHistory(data, memory_limit=64 * 2**20)
    await store.open()
    await history.open()
    await backups.back_up(backups.Source(store, history, tmp_path / "live"), tmp_path / "backup")
    await history.close()
    await store.close()
    backups.restore(tmp_path / "backup", tmp_path / "again")
    found = verdict(tmp_path / "again", seal)
    assert found.fault is None
    assert found.lines == 7
    assert not (tmp_path / "backup" / AUDIT_KEY).exists()


async def test_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    load_key(tmp_path)
    assert (tmp_path / AUDIT_KEY).stat().st_mode & 0o777 == 0o600
    (tmp_path / AUDIT_KEY).write_text("no key")
    with pytest.raises(StoreError, match="holds no key"):
        load_key(tmp_path)


def test_verify_when_there_is_nothing_then_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no such file"):
        verify(tmp_path)
    (tmp_path / "seal").write_text("{}")
    with pytest.raises(ConfigurationError, match="seal"):
        read_seal_file(tmp_path / "seal")
