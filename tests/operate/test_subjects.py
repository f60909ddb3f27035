"""What is held of somebody comes out whole, goes whole, and does not come back."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.api.conftest import HOST, patch, reading

from kota.access.audit_verify import verify
from kota.api.app import application
from kota.clock import WallClock
from kota.config import Settings
from kota.errors import NotFoundError
from kota.model.entity import Kind
from kota.operate.actor import Actor
from kota.operate.subjects import digest
from kota.runtime import Kota, opened
from kota.store.backup import Source, back_up, restore
from kota.store.history import SeriesFilter
from kota.store.history.protocol import ALWAYS
from kota.store.state.protocol import Letter

WHO, OTHER = "urn:ngsi-ld:Person:P-1", "urn:ngsi-ld:Person:P-2"
STEWARD = Actor("Ana", "data-steward")
RULE = """\
[[rule]]
id = "fast"
title = "Pulse is fast"
type = "Person"
[[rule.when]]
if = { is = "high", attribute = "pulse", limit = 100 }
[[rule.then]]
do = "alarm"
severity = "major"
respond_within = 600
consequence = "They may fall"
action = "Call them"
[[rule.then]]
do = "work"
title = "Visit"
[[rule.then]]
do = "notify"
to = "nurse"
"""
PLAN = '[[contact]]\nname = "nurse"\nmqtt = "kota/notices/nurse"\n'
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


def settings(data: Path) -> Settings:
    """A town with a rule about persons."""
    for name, text in (("rules", RULE), ("notices", PLAN)):
        (data / name).mkdir(parents=True, exist_ok=True)
        (data / name / "town.toml").write_text(text)
    return Settings(data=data, auth="none", solutions=())


async def live(kota: Kota) -> None:
    """Let two persons' pulses be told, and everything follow from it."""
    now = WallClock().now()
    for who in (WHO, OTHER):
        for ago, pulse in ((60, 70.0), (1, 177.25)):
            attrs = {"pulse": reading(pulse, at=now - ago * 1_000_000), "name": reading(f"N {who}")}
            await kota.ingest.observe([patch(who, "Person", **attrs)])
    home = patch("urn:ngsi-ld:Home:H", "Home", occupant=reading(WHO, kind=Kind.RELATIONSHIP))
    await kota.ingest.observe([home])
    letter = Letter("ingest", "t", "no", f'{{"id":"{WHO}"}}'.encode(), now)
    await kota.state.apply([], letters=[letter])
    operation = kota.operation
    await operation.rules.settle()
    await kota.alarms.settle()
    await operation.notices.settle(wait=True)
    order = next(one for one in operation.work.orders.values() if one.subject == WHO)
    await operation.work.add_photo(order.id, PNG, STEWARD)


async def test_subject_when_erased_then_nothing_is_left_and_the_audit_verifies(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    async with opened(settings(data)) as kota:
        await live(kota)
        subjects = kota.operation.subjects
        held = await subjects.export(WHO)
        assert held["present"]["attributes"]["pulse"][0]["value"] == 177.25
        assert [one["value"] for one in held["history"] if one["attribute"] == "pulse"] == [
            70.0,
            177.25,
        ]
        types = sorted(one["type"][0] for one in held["about"])
        assert types == ["Alert", "RuleFiring", "WorkOrder"]
        assert (held["namedBy"], len(held["notices"])) == (["urn:ngsi-ld:Home:H"], 1)
        assert len(held["letters"]) == 1
        await back_up(Source(kota.state, kota.history, kota.settings.data), tmp_path / "backup")
        erased = await subjects.erase(WHO, STEWARD, "asked for")
        assert (erased.entities, erased.notices, erased.letters) == (4, 1, 1)
        assert erased.named_by == ("urn:ngsi-ld:Home:H",)
        with pytest.raises(NotFoundError):
            await subjects.export(WHO)
        with pytest.raises(NotFoundError):
            await subjects.erase(WHO, STEWARD, "again")
        await kota.operation.rules.settle()
        await kota.alarms.settle()
        left = [one.id async for one in kota.state.scan() if "P-1" in one.id]
        assert left == []
        assert not any("P-1" in one for one in kota.alarms.book.alarms)
        other = await subjects.export(OTHER)
        assert len(other["about"]) == 3
        assert not list((data / "work").rglob("*.png"))
        line = (await kota.state.audit.read(0, 1000))[-1]
        assert f"sha256:{digest(WHO)}".encode() in line.body
    assert verify(data).fault is None
    restore(tmp_path / "backup", data, replace=True)
    async with opened(settings(data)) as kota:
        with pytest.raises(NotFoundError):
            await kota.operation.subjects.export(WHO)
        assert (await kota.operation.subjects.export(OTHER))["present"] is not None
        assert not (data / "erased.pending.json").exists()


async def test_subject_over_http_then_given_out_audited_and_erased(tmp_path: Path) -> None:
    async with opened(settings(tmp_path / "data")) as kota:
        await live(kota)
        transport = httpx.ASGITransport(application(kota), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}:9090") as http:
            path = f"/api/v1/subjects/{WHO}"
            assert (await http.get(path)).json()["id"] == WHO
            audit = (await http.get("/api/v1/audit?what=subject.export")).json()
            assert audit[0]["subject"] == WHO
            assert (await http.post(f"{path}/erase", json={})).status_code == 400
            done = await http.post(f"{path}/erase", json={"reason": "asked for"})
            assert done.json()["entities"] == 4
            assert (await http.get(path)).status_code == 404
            assert (await http.get(f"/ngsi-ld/v1/entities/{WHO}")).status_code == 404


async def test_erase_when_done_then_no_byte_of_it_is_left_after_a_restart(tmp_path: Path) -> None:
    def left(folder: Path) -> list[str]:
        files = [one for one in folder.rglob("*") if one.is_file()]
        return sorted(one.name for one in files if b"Nur Unmistakable" in one.read_bytes())

    data = tmp_path / "data"
    async with opened(settings(data)) as kota:
        for number in range(300):
            name = reading(f"Nur Unmistakable {number}", at=WallClock().now() + number)
            await kota.ingest.observe([patch(WHO, "Person", name=name)])
            await kota.ingest.observe([patch(OTHER, "Person", pulse=reading(float(number)))])
        assert left(data)
        await kota.operation.subjects.erase(WHO, STEWARD, "asked for")
        assert [name for name in left(data) if name.startswith("state")] == []
        await kota.ingest.observe([patch(OTHER, "Person", pulse=reading(1.0))])
        others = await kota.history.instances(SeriesFilter(entity_ids=(OTHER,)), ALWAYS)
    assert left(data) in ([], ["history.duckdb"])
    async with opened(settings(data)) as kota:
        again = await kota.history.instances(SeriesFilter(entity_ids=(OTHER,)), ALWAYS)
        assert [one.instance for one in again] == [one.instance for one in others]
    assert left(data) == []
    assert not (data / "history.renew").exists()
