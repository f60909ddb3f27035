"""What operators do is in the audit, can be read, handed out and verified."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
from tests.api.kota.test_alarms import ALARM, alarms_file, kota, level, post
from typer.testing import CliRunner

from kota.access.audit_seals import read_seal
from kota.access.audit_verify import verify
from kota.cli.audit import audit as commands
from kota.runtime import Kota
from kota.store.state.chain import Link, chained

__all__ = ["alarms_file", "kota"]


async def whats(client: httpx.AsyncClient, query: str = "") -> list[str]:
    found = (await client.get(f"/api/v1/audit?{query}")).json()
    return [one["what"] for one in found]


async def test_alarm_when_a_person_acts_then_the_audit_has_who_and_why(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    await level(kota, 1.5)
    assert await whats(client, "what=alarm") == []
    await post(client, f"{ALARM}/acknowledge", comment="seen it")
    (line,) = (await client.get("/api/v1/audit?what=alarm")).json()
    assert (line["who"], line["role"], line["where"]) == ("operator", "operator", "127.0.0.1")
    assert (line["what"], line["subject"]) == ("alarm.acknowledge", ALARM)
    assert (line["why"], line["detail"]["after"]) == ("seen it", "acknowledged")
    assert (await client.post(f"/api/v1/alarms/{ALARM}/reset", json={})).status_code == 409
    assert len(await whats(client, "what=alarm")) == 1


async def test_devices_letters_and_copies_when_handled_then_each_is_in_the_audit(
    kota: Kota, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    kota.devices.hold("d1", topic="/k/d1/attrs", profile=None, payload=b"{}")
    await client.post("/api/v1/devices/d1/approve", json={})
    await client.post("/api/v1/devices/d1/reject")
    await client.post(
        "/api/v1/devices", json={"rows": [{"line": 2, "cells": {"id": "d2"}}], "dry_run": False}
    )
    await client.post("/api/v1/backups", json={"target": str(tmp_path / "backup")})
    assert (await client.delete("/api/v1/letters/77")).status_code == 404
    assert await whats(client) == [
        "backup.make",
        "device.enrol",
        "device.reject",
        "device.approve",
        "audit.key",
    ]
    assert await whats(client, "who=operator&subject=devices") == ["device.enrol"]
    assert await whats(client, "what=dev") == []
    assert await whats(client, "before=3&limit=1") == ["device.approve"]
    assert await whats(client, "start=2100-01-01T00:00:00Z") == []
    assert (await client.get("/api/v1/audit?start=soon")).status_code == 400


async def test_export_and_seal_when_handed_out_then_an_auditor_can_check_both(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    sealed = await client.post("/api/v1/audit/seal")
    text = (await client.get("/api/v1/audit/export")).text
    rows = [json.loads(line) for line in text.splitlines()]
    links = [
        Link(row["number"], row["body"].encode(), bytes.fromhex(row["digest"])) for row in rows
    ]
    assert links == chained(None, [link.body for link in links])
    assert [json.loads(link.body)["what"] for link in links] == ["audit.key", "audit.export"]
    seal = read_seal(sealed.content)
    assert seal.digest == links[seal.number - 1].digest
    assert verify(kota.settings.data, [seal]).fault is None


async def test_cli_when_the_file_was_changed_then_verify_names_the_line_and_fails(
    kota: Kota, client: httpx.AsyncClient
) -> None:
    data = str(kota.settings.data)
    runner = CliRunner()
    assert "1 lines are whole" in runner.invoke(commands, ["verify", "--data", data]).stdout
    await kota.state._commit([("UPDATE audit SET body = CAST('{}' AS BLOB)", ())])
    found = runner.invoke(commands, ["verify", "--data", data])
    assert found.exit_code == 1
    assert "TAMPERED WITH: line 1" in found.stdout
