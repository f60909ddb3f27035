"""Secrets that must be read again, sealed with a key that lies beside the store, not in it.

A copy of the store, such as a backup, is then no copy of the second factors.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kota.errors import StoreError

FILE_NAME: Final = "identity.key"
OWNER_FILE: Final = "owner.token"
"""In the data folder, for its owner's eyes: the running server knows whoever shows it."""


class Sealing:
    """AES-256-GCM under the key of a data folder.

    Args:
        folder: the data folder; the key is made, readable by its owner alone, if it is not there.

    Raises:
        StoreError: the key is damaged, or cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        try:
            key = self._path.read_bytes() if self._path.exists() else self._make()
            self._cipher = AESGCM(key)
        except (OSError, ValueError) as error:
            raise StoreError(f"key {self._path}: {error}") from error

    def seal(self, secret: str, owner: str) -> str:
        """Seal a secret for whom it belongs to."""
        nonce = os.urandom(12)
        return b64encode(
            nonce + self._cipher.encrypt(nonce, secret.encode(), owner.encode())
        ).decode()

    def open(self, sealed: str, owner: str) -> str | None:
        """The secret; None where it was sealed with another key or for somebody else."""
        raw = b64decode(sealed)
        try:
            return self._cipher.decrypt(raw[:12], raw[12:], owner.encode()).decode()
        except InvalidTag:
            return None

    def _make(self) -> bytes:
        key = AESGCM.generate_key(256)
        write_private(self._path, key)
        return key


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, in the place of one that may be there."""
    growing = path.with_name(path.name + ".growing")
    growing.unlink(missing_ok=True)
    file = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, content)
    finally:
        os.close(file)
    growing.replace(path)
