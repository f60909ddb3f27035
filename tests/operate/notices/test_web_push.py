"""Messages to browsers, against the published examples."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kota.errors import BadRequestDataError
from kota.operate.notices.web_push import Keys, Voucher, encrypt, load_push_key

# RFC 8291, section 5 and appendix A.
OWN = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
KEYS = Keys(
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "BTBZMqHH6r4Tts7J_aSIgg",
)
PLAIN = b"When I grow up, I want to be a watermelon"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_encryption_when_the_keys_are_those_of_rfc_8291_then_so_is_the_message() -> None:
    number = int.from_bytes(decoded(OWN), "big")
    own = ec.derive_private_key(number, ec.SECP256R1())
    found = encrypt(PLAIN, KEYS, own=own, salt=decoded(SALT))
    assert urlsafe_b64encode(found).rstrip(b"=").decode() == BODY


def test_encryption_when_done_twice_then_nothing_repeats() -> None:
    assert encrypt(PLAIN, KEYS)[:90] != encrypt(PLAIN, KEYS)[:90]


@pytest.mark.parametrize(
    "keys",
    [
        Keys("", KEYS.auth),
        Keys("BCVx", KEYS.auth),
        Keys(KEYS.p256dh, "BTBZ"),
        Keys("B" + "A" * 86, KEYS.auth),
        Keys("é" * 87, KEYS.auth),
    ],
)
def test_encryption_when_the_browser_gives_no_keys_then_refused(keys: Keys) -> None:
    with pytest.raises(BadRequestDataError, match="push"):
        encrypt(PLAIN, keys)


def test_encryption_when_too_large_then_refused() -> None:
    with pytest.raises(BadRequestDataError, match="at most 3900"):
        encrypt(b"x" * 4000, KEYS)


def test_voucher_when_asked_then_it_is_signed_for_that_service_alone(tmp_path: Path) -> None:
    key = load_push_key(tmp_path)
    voucher = Voucher(load_push_key(tmp_path), "mailto:duty@town.example")
    said = voucher.authorization("https://push.example:8443/a/b?c", 1_000)
    token, _, public = said.removeprefix("vapid t=").partition(", k=")
    head, claims, signature = token.split(".")
    assert msgspec.json.decode(decoded(claims)) == {
        "aud": "https://push.example:8443",
        "exp": 1_000 + 43_200,
        "sub": "mailto:duty@town.example",
    }
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(public))
    raw = decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    theirs.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert theirs.public_numbers() == key.public_key().public_numbers()
    assert (tmp_path / "push.key").stat().st_mode & 0o777 == 0o600
