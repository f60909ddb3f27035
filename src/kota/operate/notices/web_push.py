"""Web Push: messages to browsers, encrypted for them alone (RFC 8291) and signed (RFC 8292)."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kota.access.sealing import write_private
from kota.errors import BadRequestDataError, StoreError

FILE: Final = "push.key"
LARGEST: Final = 3_900
"""Bytes of a message; more than 4,096 with its frame no push service has to take (RFC 8030)."""
_RECORD: Final = 4096
_CURVE: Final = ec.SECP256R1()
_POINT: Final = serialization.Encoding.X962
_FORMAT: Final = serialization.PublicFormat.UncompressedPoint
_VALID_S: Final = 12 * 3600


class Keys(msgspec.Struct, frozen=True):
    """What a browser hands out.

    Args:
        p256dh: its public key, base 64 for addresses.
        auth: its secret, likewise.
    """

    p256dh: str
    auth: str


def encrypt(
    plain: bytes,
    keys: Keys,
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """A message that only the browser with these keys can read: RFC 8291, section 3.4.

    Args:
        plain: the message.
        keys: of the browser.
        own: the key for this message; None: a new one, as it must be.
        salt: 16 bytes; None: new ones.

    Returns:
        The body of content coding ``aes128gcm`` (RFC 8188, section 2.1), one record.

    Raises:
        BadRequestDataError: the keys are none, or the message is too large.
    """
    if len(plain) > LARGEST:
        raise BadRequestDataError(f"push: {len(plain)} bytes, at most {LARGEST} are sent")
    theirs, secret = _decoded(keys)
    own = own or ec.generate_private_key(_CURVE)
    salt = salt or os.urandom(16)
    mine = own.public_key().public_bytes(_POINT, _FORMAT)
    point = theirs.public_bytes(_POINT, _FORMAT)
    shared = own.exchange(ec.ECDH(), theirs)
    ikm = _derived(secret, shared, b"WebPush: info\0" + point + mine, 32)
    cek = _derived(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, ikm, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(cek).encrypt(nonce, plain + b"\x02", None)
    return salt + _RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine + sealed


class Voucher:
    """Says to push services that a message is this town's: VAPID, RFC 8292.

    Args:
        key: of the town.
        contact: ``mailto:`` or ``https:``, whom a push service may ask.
    """

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self._key = key
        self._contact = contact

    @property
    def public(self) -> str:
        """The public key, as browsers want it."""
        return _text(self._key.public_key().public_bytes(_POINT, _FORMAT))

    def authorization(self, endpoint: str, now_s: int) -> str:
        """The header for a message to an endpoint.

        Args:
            endpoint: of the browser's push service.
            now_s: wall time [s since the epoch].
        """
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": now_s + _VALID_S,
            "sub": self._contact,
        }
        head = {"typ": "JWT", "alg": "ES256"}
        signed = ".".join(_text(msgspec.json.encode(one)) for one in (head, claims))
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return f"vapid t={signed}.{_text(signature)}, k={self.public}"


def load_push_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The town's key for Web Push, made where there is none yet.

    Raises:
        StoreError: the file holds none.
    """
    path = folder / FILE
    if not path.exists():
        made = ec.generate_private_key(_CURVE)
        body = made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(path, body)
        return made
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, OSError) as error:
        raise StoreError(f"{path}: {error}", hint="put it back, or remove it") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StoreError(f"{path}: is no key for Web Push", hint="put it back, or remove it")
    return key


def check_keys(keys: Keys) -> None:
    """Refuse keys of a browser that are none.

    Raises:
        BadRequestDataError: they are not.
    """
    _decoded(keys)


def _decoded(keys: Keys) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, _bytes(keys.p256dh))
        secret = _bytes(keys.auth)
    except ValueError as error:
        raise BadRequestDataError(f"push: the browser's keys are none ({error})") from error
    if len(secret) != 16:
        raise BadRequestDataError("push: the browser's secret has not 16 bytes")
    return point, secret


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
