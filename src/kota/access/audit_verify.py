"""Whether the audit in a state file is as it was written; Kota may run meanwhile or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from kota.access.audit_chain import Fault, Seal, Verifier
from kota.access.audit_key import is_signed
from kota.access.audit_line import Line, decode
from kota.access.audit_seals import KIND, NEW_KEY, SEAL_S, read_seal
from kota.errors import StoreError
from kota.model.instant import SECOND
from kota.store.state.chain import Link
from kota.store.state.sqlite import FILE_NAME

_CHUNK: Final = 2000
_UNSEALED: Final = round(3 * SEAL_S) * SECOND
"""Lines over a longer time than this are sealed, however Kota ended [µs]."""
_NEW_KEY = f'"what":"{NEW_KEY}"'.encode()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the audit found.

    Args:
        lines: how many are whole.
        seals: how many were made on them.
        sealed: number of the last one under a seal.
        last: when the last one was written [µs]; None where there is none.
        fault: the first place that was tampered with; None: none was.
    """

    lines: int
    seals: int
    sealed: int
    last: int | None
    fault: Fault | None


def verify(data: Path, handed: Iterable[Seal] = ()) -> Verdict:
    """Read the whole audit of a data folder.

    Args:
        data: the folder.
        handed: seals that were handed out earlier.

    Raises:
        StoreError: there is no state file, or it cannot be read.
    """
    path = data / FILE_NAME
    if not path.is_file():
        raise StoreError(f"{path}: there is no such file", hint="name the data folder of a Kota")
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            connection.execute("BEGIN")
            return _Look(connection, handed).verdict()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(f"state file {path}: {error}", hint="it holds no audit yet") from error


class _Look:
    def __init__(self, connection: sqlite3.Connection, handed: Iterable[Seal]) -> None:
        self._connection = connection
        self._keys: set[bytes] = set()
        self._last: Line | None = None
        self._unsealed_since: int | None = None
        self._sealed = 0
        kept = [_seal(key, body) for key, body in self._kept()]
        self._odd = [one for one in kept if isinstance(one, Fault)]
        self._seals = [one for one in kept if isinstance(one, Seal)]
        self._seals += handed
        self._by_number: dict[int, list[Seal]] = {}
        for seal in self._seals:
            self._by_number.setdefault(seal.number, []).append(seal)
        self._verifier = Verifier(self._seals)

    def verdict(self) -> Verdict:
        fault = self._fault()
        if fault is not None and fault.at is None:
            at = self._told(fault.number)
            fault = msgspec.structs.replace(fault, at=at)
        return Verdict(
            lines=self._verifier.lines,
            seals=len(self._seals),
            sealed=self._sealed,
            last=None if self._last is None else self._last.at,
            fault=fault,
        )

    def _fault(self) -> Fault | None:
        for link in self._links():
            fault = self._verifier.feed([link]) or self._read(link) or self._sealing(link)
            if fault is not None:
                return fault
        return self._verifier.finish() or next(iter(self._odd), None) or self._tail()

    def _read(self, link: Link) -> Fault | None:
        try:
            self._last = decode(link.body)
        except msgspec.MsgspecError as error:
            return Fault(link.number, f"it is no line: {error}")
        if _NEW_KEY in link.body and self._last.what == NEW_KEY:
            self._keys.add(bytes.fromhex(str(self._last.detail.get("key", ""))))
        return None

    def _sealing(self, link: Link) -> Fault | None:
        """Whether the seals on a line are made by a key that was named."""
        assert self._last is not None
        for seal in self._by_number.get(link.number, ()):
            if seal.key not in self._keys:
                return Fault(link.number, "the seal on it was made with a key that is not named")
            if not is_signed(seal):
                return Fault(link.number, "the signature of the seal on it is false")
            self._sealed, self._unsealed_since = link.number, None
        if link.number != self._sealed and self._unsealed_since is None:
            self._unsealed_since = self._last.at
        return None

    def _tail(self) -> Fault | None:
        """Whether more than the last minutes have no seal on them."""
        if self._last is None or self._unsealed_since is None:
            return None
        if self._last.at - self._unsealed_since <= _UNSEALED:
            return None
        words = f"no seal is on it or on what follows, up to {self._verifier.lines}"
        return Fault(self._sealed + 1, f"{words}: seals were removed")

    def _links(self) -> Iterator[Link]:
        rows = self._connection.execute(
            "SELECT number, CAST(body AS BLOB), CAST(digest AS BLOB) FROM audit ORDER BY number"
        )
        while chunk := rows.fetchmany(_CHUNK):
            yield from (Link(*row) for row in chunk)

    def _kept(self) -> list[tuple[str, bytes]]:
        find = "SELECT key, CAST(body AS BLOB) FROM document WHERE kind = ? ORDER BY key"
        return self._connection.execute(find, (KIND,)).fetchall()

    def _told(self, number: int) -> int | None:
        row = self._connection.execute(
            "SELECT CAST(body AS BLOB) FROM audit WHERE number = ?", (number,)
        ).fetchone()
        try:
            return decode(row[0]).at if row is not None else self._before()
        except msgspec.MsgspecError:
            return self._before()

    def _before(self) -> int | None:
        return None if self._last is None else self._last.at


def _seal(key: str, body: bytes) -> Seal | Fault:
    try:
        return read_seal(body)
    except msgspec.MsgspecError:
        return Fault(int(key) if key.isdigit() else 0, "the seal on it cannot be read")
