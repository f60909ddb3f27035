"""Which addresses may be called."""

from __future__ import annotations

import pytest

from kota.context.outgoing import Outgoing


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:8080/a",
        "http://127.0.0.1/",
        "http://127.8.9.1/",
        "http://[::1]:9/x",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_loopback_is_allowed_when_nothing_is_named(address: str) -> None:
    assert Outgoing().refusal(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "http://0.0.0.0/",
        "http://localhost.example.org/",
        "http://127.0.0.1.example.org/",
        "http://user@example.org/",
        "http://localhost@example.org/",
        "http://2130706433/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "http:///nothing",
        "http://[broken",
        "http://localhost:99999/",
        "mqtt://localhost",
        "",
    ],
)
def test_everything_else_is_refused_when_nothing_is_named(address: str) -> None:
    assert Outgoing().refusal(address) is not None


@pytest.mark.parametrize(
    ("allowed", "address"),
    [
        ("context.town.org", "https://Context.Town.ORG/c.jsonld"),
        ("*.town.org", "https://a.b.town.org/"),
        ("10.0.0.0/8", "http://10.20.30.40/notify"),
        ("192.168.1.5", "http://192.168.1.5:1026/"),
        ("fd00::/8", "http://[fd00::1]/"),
        ("*", "https://anything.example/"),
    ],
)
def test_a_named_host_is_allowed(allowed: str, address: str) -> None:
    assert Outgoing([allowed]).refusal(address) is None


def test_a_wildcard_does_not_allow_the_bare_domain_or_a_lookalike() -> None:
    rule = Outgoing(["*.town.org"])
    assert rule.refusal("https://town.org/") is not None
    assert rule.refusal("https://eviltown.org/") is not None


def test_a_refusal_says_which_host_and_what_to_do() -> None:
    assert Outgoing().refusal("http://example.org/x") == (
        "host 'example.org' is not allowed; name it in allow_hosts"
    )
