"""Seals the audit at intervals, at the end, and whenever somebody asks for a seal to keep."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

import msgspec

from kota.access.audit_chain import Seal
from kota.access.audit_key import AuditKey
from kota.access.audit_line import Line, encode
from kota.clock import Clock
from kota.errors import ConfigurationError, NotFoundError, StoreError
from kota.model.instant import SECOND
from kota.store.state import Document, StateStore

SEAL_S: Final = 300.0
"""So often the audit is sealed, while lines come [s]."""
KIND: Final = "audit-seal"
NEW_KEY: Final = "audit.key"
"""What a line is that names a key from which on seals are made with it."""

_LOOK_S: Final = 5.0
_log = logging.getLogger(__name__)
_keys = "audit-key"


class Sealer:
    """Seals the audit of a town.

    Args:
        store: holds the lines and the seals.
        key: signs.
        clock: wall time.
    """

    def __init__(self, store: StateStore, key: AuditKey, clock: Clock) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._sealed_at = clock.now()

    async def open(self) -> None:
        """Name the key in the audit where it is new, and seal what a crash left unsealed."""
        name = self._key.public.hex()
        if await self._store.get_document(_keys, name) is None:
            line = Line(
                at=self._clock.now(),
                who="Kota",
                role="system",
                what=NEW_KEY,
                subject="audit",
                why="seals are made with this key from now on",
                detail={"key": name},
            )
            kept = Document(_keys, name, self._key.public)
            await self._store.apply([], documents=[kept], audit=[encode(line)])
        await self.seal()

    async def run(self) -> None:
        """Seal at intervals, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._clock.now() - self._sealed_at < SEAL_S * SECOND:
                continue
            try:
                await self.seal()
            except StoreError as error:
                _log.error("the audit is not sealed, trying again: %s", error)

    async def seal(self) -> Seal:
        """The seal on the newest line, made where there is none.

        Raises:
            NotFoundError: the audit holds nothing.
        """
        last = await self._store.audit.last()
        if last is None:
            raise NotFoundError("the audit holds nothing that could be sealed")
        self._sealed_at = self._clock.now()
        kept = await self._store.get_document(KIND, _place(last.number))
        if kept is not None:
            return read_seal(kept)
        seal = self._key.seal(last.number, self._sealed_at, last.digest)
        await self._store.put_documents([Document(KIND, _place(seal.number), write_seal(seal))])
        return seal


def write_seal(seal: Seal) -> bytes:
    """A seal as JSON: numbers, and bytes in base 64."""
    return msgspec.json.encode(seal)


def read_seal(body: bytes) -> Seal:
    """Read a seal.

    Raises:
        msgspec.MsgspecError: these bytes are none.
    """
    return msgspec.json.decode(body, type=Seal)


def read_seal_file(path: Path) -> Seal:
    """Read a seal that was handed out earlier.

    Raises:
        ConfigurationError: the file cannot be read, or holds none.
    """
    try:
        return read_seal(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"seal {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"seal {path}: {error}", hint="name a file that kota audit seal wrote"
        ) from error


def _place(number: int) -> str:
    return f"{number:020d}"
