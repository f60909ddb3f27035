"""The key that seals the audit: made at the first start, kept in the data folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kota.access.audit_chain import Seal, message
from kota.config import AUDIT_KEY
from kota.errors import StoreError

_RAW = serialization.Encoding.Raw
_PUBLIC = serialization.PublicFormat.Raw


class AuditKey:
    """A private key, Ed25519 (RFC 8032).

    Args:
        private: the key.
    """

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes(_RAW, _PUBLIC)

    def seal(self, number: int, at: int, digest: bytes) -> Seal:
        """Sign the chain up to a line."""
        return Seal(
            number, at, digest, self._private.sign(message(number, at, digest)), self.public
        )


def load_key(folder: Path) -> AuditKey:
    """The key of a data folder, made where there is none; only its owner may read it.

    Raises:
        StoreError: the file cannot be read or written, or holds no such key.
    """
    path = folder / AUDIT_KEY
    try:
        if not path.exists():
            _write(path, Ed25519PrivateKey.generate())
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise StoreError(f"audit key {path}: {error.strerror}") from error
    except ValueError as error:
        raise StoreError(f"audit key {path}: it holds no key", hint=_HINT) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise StoreError(f"audit key {path}: it is not an Ed25519 key", hint=_HINT)
    return AuditKey(private)


def is_signed(seal: Seal) -> bool:
    """Whether the holder of the seal's key has made it."""
    try:
        public = Ed25519PublicKey.from_public_bytes(seal.key)
        public.verify(seal.signature, message(seal.number, seal.at, seal.digest))
    except (InvalidSignature, ValueError, OverflowError):
        return False
    return True


_HINT: Final = "put it back from where you keep it safe, or remove it: a new one is made and told"


def _write(path: Path, private: Ed25519PrivateKey) -> None:
    """Write a key that nobody else can read, whole or not at all."""
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    growing = path.with_suffix(".growing")
    growing.unlink(missing_ok=True)
    descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    growing.replace(path)
