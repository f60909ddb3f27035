"""``kota users`` and ``kota tokens``, at a Kota that asks who is there and where none runs."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from benchmarks.processes import kota

from .test_commands import run


def status_of(url: str, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_whoever_owns_the_data_says_who_may_do_what(tmp_path: Path) -> None:
    data = tmp_path / "town"
    with kota(data, "--auth", "local") as (process, url):
        said = process.log.read_text()
        password = (data / "first-password").read_text().strip()
        assert password in said
        owner = data / "owner.token"
        for private in (owner, data / "first-password", data / "identity.key"):
            assert private.stat().st_mode & 0o777 == 0o600
        assert status_of(f"{url}/api/v1/town") == 401
        assert status_of(f"{url}/api/v1/town", owner.read_text()) == 200

        where = ["--data", str(data)]
        said = run("users", "add", "ana", "--role", "viewer", "--area", "/town/north", *where)
        assert "one-time password is" in said
        run("users", "grant", "ana", "--role", "carer", "--purpose", "care", *where)
        (admin, ana) = json.loads(run("users", "list", "--json", *where))
        assert admin["name"] == "admin"
        assert [one["role"] for one in ana["grants"]] == ["viewer", "carer"]
        assert "carer for care" in run("users", "revoke", "ana", "--role", "viewer", *where)
        assert "one-time password is" in run("users", "reset", "ana", *where)
        assert "is removed" in run("users", "remove", "ana", *where)
        assert "last" in run("users", "remove", "admin", *where, status=1)

        token = run("tokens", "make", "report", "--role", "viewer", *where).strip()
        assert status_of(f"{url}/api/v1/town", token) == 200
        (made,) = json.loads(run("tokens", "list", "--json", *where))
        run("tokens", "revoke", made["id"], *where)
        assert status_of(f"{url}/api/v1/town", token) == 401

        assert run("query", "--type", "Lamp", "--json", *where).strip() == "[]"
        said = run("audit", "verify", *where)
        assert "whole" in said, said
    assert not owner.exists()
    run("users", "add", "ben", "--role", "viewer", "--data", str(data))
    names = [one["name"] for one in json.loads(run("users", "list", "--json", "--data", str(data)))]
    assert names == ["admin", "ben"]


def test_devices_get_their_secrets_into_a_private_file(tmp_path: Path) -> None:
    data, out = tmp_path / "town", tmp_path / "secrets.csv"
    with kota(data, "--auth", "local"):
        where = ["--data", str(data)]
        assert "2 credentials" in run("devices", "issue", "d1", "d2", "--out", str(out), *where)
        assert out.stat().st_mode & 0o777 == 0o600
        head, *lines = out.read_text().splitlines()
        assert head == "device,secret"
        assert [line.split(",")[0] for line in lines] == ["d1", "d2"]
        assert "2 revoked" in run("devices", "revoke", "d1", "d2", *where)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1"])
def test_nothing_listens_beyond_this_machine_in_the_clear(tmp_path: Path, host: str) -> None:
    said = run("serve", "--data", str(tmp_path), "--host", host, status=1)
    assert "tls_cert" in said
