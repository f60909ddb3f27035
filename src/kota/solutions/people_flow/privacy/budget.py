"""The privacy budget: how much each data set may tell, and how much it has told.

Losses of releases of one data set add up (sequential composition: C. Dwork, A. Roth, The
algorithmic foundations of differential privacy, 2014, theorem 3.16, doi:10.1561/0400000042). A
release is entered before its noise is drawn, so that one that fails costs, but none is forgotten.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import fsum, isfinite
from pathlib import Path
from secrets import token_hex
from typing import Final

import msgspec

from kota.errors import ConflictError, SolutionError

FILE: Final = "budget.json"
FIRST_TOTAL: Final = 1.0
"""The budget of a data set that nobody has given another."""
_ROUNDING: Final = 1e-9


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One release, or a decision on the budget, which costs nothing.

    Args:
        at: when [µs].
        epsilon: what it cost.
        what: in words.
    """

    at: int
    epsilon: float
    what: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The budget of one data set.

    Args:
        dataset: its name.
        total: what may be spent.
        mark: a keyed hash of each file that was released under this name.
        entries: what was spent, oldest first.
    """

    dataset: str
    total: float
    mark: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def spent(self) -> float:
        """The loss so far."""
        return fsum(entry.epsilon for entry in self.entries)

    @property
    def left(self) -> float:
        """What may still be spent."""
        return max(0.0, self.total - self.spent)

    @property
    def releases(self) -> int:
        """How many tables were released."""
        return sum(entry.epsilon > 0 for entry in self.entries)


class _Book(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    accounts: dict[str, Account] = {}


class Ledger:
    """The accounts of a folder; several processes may use it at once.

    Args:
        folder: where ``budget.json`` lies; made when something is entered.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / FILE

    def accounts(self) -> list[Account]:
        """All data sets, by name.

        Raises:
            SolutionError: the file cannot be read.
        """
        return sorted(self._read().accounts.values(), key=lambda account: account.dataset)

    def allow(self, dataset: str, total: float, *, now: int) -> Account:
        """Decide on the budget of a data set; the decision is entered like a release.

        Raises:
            ConflictError: more is spent already.
            SolutionError: a total that is none, or the file cannot be read or written.
        """
        _check_epsilon(total)
        with self._locked():
            book = self._read()
            before = book.accounts.get(dataset, Account(dataset=dataset, total=total))
            if before.spent > total + _ROUNDING:
                raise ConflictError(
                    f"data set {dataset!r}: {before.spent:g} is spent, more than {total:g}",
                    hint="a budget cannot be made smaller than what was told already",
                )
            entry = Entry(at=now, epsilon=0.0, what=f"budget set to {total:g}")
            after = msgspec.structs.replace(before, total=total, entries=(*before.entries, entry))
            self._write(book, after)
        return after

    def charge(
        self, dataset: str, epsilon: float, what: str, *, digest: bytes, now: int
    ) -> Account:
        """Enter a release that is about to be made.

        The same file under another name is the same data set: its first name is charged.

        Args:
            dataset: name of the data set.
            epsilon: what the release costs.
            what: the release in words.
            digest: of the content of the file; kept as a keyed hash.
            now: instant [µs].

        Returns:
            The account after it.

        Raises:
            ConflictError: the budget does not allow it; nothing was entered.
            SolutionError: the file cannot be read or written; nothing may be released.
        """
        _check_epsilon(epsilon)
        with self._locked():
            book = self._read()
            mark = hashlib.blake2b(digest, key=bytes.fromhex(book.key), digest_size=16).hexdigest()
            before = _owner(book, dataset, mark)
            if before.spent + epsilon > before.total + _ROUNDING:
                raise ConflictError(
                    f"data set {before.dataset!r}: {epsilon:g} would be spent and "
                    f"{before.left:g} of {before.total:g} is left",
                    hint="release less precisely, or let who is responsible raise the budget "
                    "with kota flow budget",
                )
            after = msgspec.structs.replace(
                before,
                mark=tuple(dict.fromkeys((*before.mark, mark))),
                entries=(*before.entries, Entry(at=now, epsilon=epsilon, what=what)),
            )
            self._write(book, after)
        return after

    def _read(self) -> _Book:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_Book)
        except FileNotFoundError:
            return _Book(key=token_hex(32))
        except OSError as error:
            raise SolutionError(f"{self.path}: {error.strerror}") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise SolutionError(
                f"{self.path} is damaged: {error}",
                hint="put it back from a backup; nothing is released without it",
            ) from error

    def _write(self, book: _Book, account: Account) -> None:
        after = _Book(key=book.key, accounts={**book.accounts, account.dataset: account})
        arriving = self.path.with_name(FILE + ".arriving")
        try:
            with arriving.open("wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(msgspec.json.format(msgspec.json.encode(after)))
                file.flush()
                os.fsync(file.fileno())
            arriving.replace(self.path)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise SolutionError(f"{self.path} cannot be written: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._folder / (FILE + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SolutionError(f"{self._folder}: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _owner(book: _Book, dataset: str, mark: str) -> Account:
    """The account that a release is charged to."""
    for account in book.accounts.values():
        if mark in account.mark:
            return account
    return book.accounts.get(dataset, Account(dataset=dataset, total=FIRST_TOTAL))


def _check_epsilon(epsilon: float) -> None:
    if not (isfinite(epsilon) and epsilon > 0):
        raise SolutionError(f"epsilon {epsilon:g}; expected a number above 0")
