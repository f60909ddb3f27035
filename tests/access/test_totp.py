"""One-time passwords against the test vectors of RFC 6238, appendix B (last six digits)."""

from __future__ import annotations

import base64

import pytest

from kota.access import totp

KEY = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(at: int, expected: str) -> None:
    assert totp.code(KEY, at // 30) == expected
    assert totp.accepted(KEY, f"{expected[:3]} {expected[3:]}", at) == at // 30


def test_a_code_holds_once_and_a_step_to_either_side() -> None:
    step = 1111111111 // 30
    given = totp.code(KEY, step)
    for late in (-30, 0, 30):
        assert totp.accepted(KEY, given, step * 30 + late) == step
    assert totp.accepted(KEY, given, step * 30 + 60) is None
    assert totp.accepted(KEY, given, step * 30, after=step) is None
    assert totp.accepted(KEY, "", step * 30) is None
    assert totp.accepted(KEY, "ä", step * 30) is None


def test_what_a_phone_reads_names_the_town_and_the_account() -> None:
    key = totp.new_key()
    assert len(base64.b32decode(key)) == 20
    found = totp.address(key, name="ana@x", issuer="Kota")
    assert found.startswith("otpauth://totp/Kota%3Aana%40x?secret=" + key)
