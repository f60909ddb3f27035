"""``kota tenants``: made, limited, looked at, copied and removed, at a Kota that runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from benchmarks.processes import kota

from .test_commands import run

pytestmark = pytest.mark.timeout(300)


def test_a_tree_of_tenants_is_kept_from_the_command_line(tmp_path: Path) -> None:
    data = tmp_path / "town"
    where = ["--data", str(data)]
    with kota(data, "--auth", "local"):
        run("tenants", "add", "township", "--title", "Kuala Lestari", "--entities", "9", *where)
        run("tenants", "add", "contractor", "--parent", "township", *where)
        said = run("tenants", "list", *where)
        assert "  contractor" in said
        assert "is no tenant" not in said
        said = run("tenants", "quota", "contractor", "--observations", "5", *where)
        assert "any entities, 5 observations a day" in said
        said = run("users", "add", "ana", "--role", "operator", "--tenant", "township", *where)
        assert "one-time password is" in said
        assert "ana" not in run("users", "list", *where)
        assert "operator at township" in run("users", "list", "--tenant", "township", *where)
        run("users", "grant", "admin", "--role", "viewer", "--in", "township", "--below", *where)
        rows = json.loads(run("tenants", "show", "--json", *where))
        assert [one["tenant"] for one in rows] == ["city", "contractor", "township"]
        copy = tmp_path / "copy"
        assert "0 entities" in run("tenants", "backup", "township", str(copy), *where)
        assert (copy / "backup.json").is_file()
        assert "none" in run("tenants", "backup", "nowhere", str(tmp_path / "x"), *where, status=1)
        assert "below it" in run("tenants", "remove", "township", "--yes", *where, status=1)
        assert "is gone" in run("tenants", "remove", "contractor", "--yes", *where)
        assert not (data / "tenants" / "contractor").exists()


def test_a_tenant_is_named_by_the_variable_or_by_its_folder_while_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "town"
    data.mkdir()
    where = ["--data", str(data)]
    run("tenants", "add", "township", *where)
    own = ["--data", str(data / "tenants" / "township")]
    monkeypatch.setitem(os.environ, "KOTA_TENANT", "township")
    assert run("query", "--type", "Lamp", "--json", *where).strip() == "[]"
    monkeypatch.delitem(os.environ, "KOTA_TENANT")
    assert run("query", "--type", "Lamp", "--json", *own).strip() == "[]"
    assert "whole" in run("audit", "verify", *own)
    monkeypatch.setitem(os.environ, "KOTA_TENANT", "contractor")
    assert "there is none" in run("query", "--type", "Lamp", *where, status=1)
