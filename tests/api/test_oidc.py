"""Signing in by OpenID Connect against a real provider (npm's oidc-provider), and its tokens."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from benchmarks.processes import free_port
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from kota.api.app import application
from kota.config import OidcGrant, OidcSettings, Settings
from kota.runtime import Kota, opened

ROOT = Path(__file__).parents[2]
URL = "http://127.0.0.1:9090"
BACK = f"{URL}/api/v1/session/oidc/back"


@pytest.fixture(autouse=True, scope="module")
def needed() -> None:
    """What the provider runs on."""
    if shutil.which("node") is None or not (ROOT / "web/node_modules/oidc-provider").is_dir():
        pytest.fail("needs Node and web/node_modules/oidc-provider: make setup")


def new_keys() -> KeySet:
    return KeySet([RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)])


@contextmanager
def provider(port: int, keys: KeySet, folder: Path) -> Iterator[str]:
    """A provider that signs with these keys; yields its issuer."""
    file = folder / "jwks.json"
    file.write_text(json.dumps(keys.as_dict(private=True)))
    log = (folder / "provider.log").open("ab")
    process = subprocess.Popen(
        ["node", str(ROOT / "web/mock/provider.mjs"), str(port), BACK, str(file)],
        stdout=log,
        stderr=log,
    )
    issuer = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if httpx.get(f"{issuer}/jwks").status_code == 200:
                    break
            except httpx.TransportError:
                assert process.poll() is None, (folder / "provider.log").read_text()
                time.sleep(0.05)
        yield issuer
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def settings_for(issuer: str, folder: Path) -> Settings:
    secret = folder / "secret"
    secret.write_text("secret-of-kota\n")
    return Settings(
        data=folder / "data",
        solutions=(),
        auth="oidc",
        oidc=OidcSettings(
            issuer=issuer,
            client_id="kota",
            client_secret_file=secret,
            audience="urn:kota:api",
            grants=(
                OidcGrant(claim="roles", value="lookers", role="viewer", areas=("/kl",)),
                OidcGrant(claim="roles", value="chiefs", role="administrator"),
            ),
        ),
    )


@pytest.fixture(scope="module")
def keys() -> KeySet:
    return new_keys()


@pytest.fixture(scope="module")
def issuer(keys: KeySet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A provider for all tests here."""
    with provider(free_port(), keys, tmp_path_factory.mktemp("provider")) as address:
        yield address


@pytest.fixture
async def kota(issuer: str, tmp_path: Path) -> AsyncIterator[Kota]:
    """A Kota that trusts the provider."""
    async with opened(settings_for(issuer, tmp_path)) as rooms:
        yield rooms


def browser_of(kota: Kota) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(kota), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=URL)


@pytest.fixture
async def browser(kota: Kota) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at Kota."""
    async with browser_of(kota) as http:
        yield http


async def vouch(address: str, name: str) -> httpx.URL:
    """Sign in at the provider, as a person does by its forms; returns where it sends one back."""
    async with httpx.AsyncClient(follow_redirects=False) as http:
        found = await http.get(address)
        for _ in range(20):
            if found.status_code in (302, 303):
                ahead = found.request.url.join(found.headers["location"])
                if str(ahead).startswith(BACK):
                    return ahead
                found = await http.get(ahead)
                continue
            assert found.status_code == 200, found.text
            action = re.search(r'<form[^>]*action="([^"]+)"', found.text)
            prompt = re.search(r'name="prompt" value="([^"]+)"', found.text)
            assert action is not None
            assert prompt is not None, found.text
            form = {"prompt": prompt.group(1), "login": name, "password": "any"}
            found = await http.post(found.request.url.join(action.group(1)), data=form)
    raise AssertionError("the provider sends nobody back")


async def leave(browser: httpx.AsyncClient) -> str:
    found = await browser.get("/api/v1/session/oidc")
    assert found.status_code == 303, found.text
    return found.headers["location"]


async def test_a_person_signs_in_by_the_provider_and_is_given_what_his_claims_say(
    browser: httpx.AsyncClient, kota: Kota
) -> None:
    offered = (await browser.get("/api/v1/session")).json()
    assert offered["oidc"]["address"] == "/api/v1/session/oidc"
    address = await leave(browser)
    assert "code_challenge_method=S256" in address
    back = await vouch(address, "ana.lookers")
    found = await browser.get(str(back))
    assert (found.status_code, found.headers["location"]) == (303, "/")
    who = (await browser.get("/api/v1/session")).json()["who"]
    assert who["name"] == "ana"
    assert who["id"].endswith("#ana.lookers")
    assert [(one["role"], one["areas"]) for one in who["grants"]] == [("viewer", ["/kl"])]
    assert (await browser.get("/api/v1/town")).status_code == 200
    assert (await browser.get("/api/v1/users")).status_code == 403
    assert kota.access.recogniser.known(who["id"]).grants
    again = await browser.get(str(back))
    assert again.headers["location"] == "/?refused=oidc"


async def test_whoever_has_no_claim_is_given_nothing(browser: httpx.AsyncClient) -> None:
    await browser.get(str(await vouch(await leave(browser), "eve.strangers")))
    who = (await browser.get("/api/v1/session")).json()["who"]
    assert who["grants"] == []
    assert (await browser.get("/api/v1/town")).status_code == 403


async def test_a_sign_in_of_another_browser_is_refused(
    browser: httpx.AsyncClient, kota: Kota
) -> None:
    back = await vouch(await leave(browser), "ana.chiefs")
    async with browser_of(kota) as victim:
        found = await victim.get(str(back))
        assert found.headers["location"] == "/?refused=oidc"
        assert (await victim.get("/api/v1/session")).json()["who"] is None
    for query in ("", "?state=x&code=y", "?error=access_denied"):
        found = await browser.get(f"/api/v1/session/oidc/back{query}")
        assert found.headers["location"] == "/?refused=oidc"


async def service_token(issuer: str) -> str:
    async with httpx.AsyncClient() as http:
        found = await http.post(
            f"{issuer}/token",
            data={
                "grant_type": "client_credentials",
                "resource": "urn:kota:api",
                "scope": "api",
            },
            auth=("service", "secret-of-service"),
        )
    assert found.status_code == 200, found.text
    token: str = found.json()["access_token"]
    return token


async def test_a_service_shows_the_providers_token(browser: httpx.AsyncClient, issuer: str) -> None:
    headers = {"Authorization": f"Bearer {await service_token(issuer)}"}
    assert (await browser.get("/api/v1/town", headers=headers)).status_code == 200
    assert (await browser.get("/api/v1/users", headers=headers)).status_code == 403


def forged(keys: KeySet, issuer: str, **changes: Any) -> dict[str, str]:
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": "urn:kota:api",
        "sub": "s",
        "iat": now,
        "exp": now + 300,
        "roles": ["lookers"],
    }
    claims |= changes
    claims = {name: value for name, value in claims.items() if value is not None}
    key = keys.keys[0]
    header = {"alg": "RS256", "kid": key.kid}
    return {"Authorization": f"Bearer {jwt.encode(header, claims, key)}"}


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "http://evil.example"},
        {"aud": "other"},
        {"aud": ["urn:kota:api", "other"], "azp": "other"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
)
async def test_tokens_that_do_not_hold_are_refused(
    browser: httpx.AsyncClient, issuer: str, keys: KeySet, changes: dict[str, Any]
) -> None:
    good = forged(keys, issuer)
    assert (await browser.get("/api/v1/town", headers=good)).status_code == 200
    bad = forged(keys, issuer, **changes)
    assert (await browser.get("/api/v1/town", headers=bad)).status_code == 401


async def test_tokens_that_the_provider_did_not_sign_are_refused(
    browser: httpx.AsyncClient, issuer: str, keys: KeySet
) -> None:
    stranger = new_keys()
    headers = [forged(stranger, issuer)]
    (good,) = forged(keys, issuer).values()
    head, payload, signature = good.removeprefix("Bearer ").split(".")
    headers += [{"Authorization": f"Bearer {head}.{payload}."}]
    headers += [{"Authorization": f"Bearer {head}.{payload}.{signature[:-8]}AAAAAAAA"}]
    none = jwt.encode({"alg": "HS256"}, {"iss": issuer}, OctKey.import_key("x" * 32))
    headers += [{"Authorization": f"Bearer {none}"}]
    headers += [{"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}]
    public = keys.keys[0].as_pem(private=False)
    with_public = jwt.encode(
        {"alg": "HS256"},
        {"iss": issuer, "aud": "urn:kota:api", "sub": "s", "exp": 4_000_000_000},
        OctKey.import_key(public.replace(b"-", b"_")),
    )
    headers += [{"Authorization": f"Bearer {with_public}"}]
    for one in headers:
        assert (await browser.get("/api/v1/town", headers=one)).status_code == 401, one


async def test_new_keys_of_the_provider_are_fetched_and_old_ones_hold_no_more(
    tmp_path: Path,
) -> None:
    port = free_port()
    first, second = new_keys(), new_keys()
    async with opened(settings_for(f"http://127.0.0.1:{port}", tmp_path)) as kota:
        assert kota.provider is not None
        later = 0.0
        kota.provider._clock = lambda: time.monotonic() + later
        async with browser_of(kota) as http:
            issuer = f"http://127.0.0.1:{port}"
            found = await http.get("/api/v1/session/oidc")
            assert found.status_code == 503
            assert (
                await http.get("/api/v1/town", headers=forged(first, issuer))
            ).status_code == 401
            with provider(port, first, tmp_path):
                old = forged(first, issuer)
                assert (await http.get("/api/v1/town", headers=old)).status_code == 200
                new = forged(second, issuer)
                assert (await http.get("/api/v1/town", headers=new)).status_code == 401
            with provider(port, second, tmp_path):
                later += 11
                assert (await http.get("/api/v1/town", headers=new)).status_code == 200
                later += 61
                assert (await http.get("/api/v1/town", headers=old)).status_code == 401
    await asyncio.sleep(0)
