"""``kota rules``, ``kota work`` and ``kota notices`` as people type them."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.processes import kota

from .test_alarms import create
from .test_commands import run

RULES = """\
[[rule]]
id = "dim"
title = "Lamp is dim"
type = "Lamp"

[[rule.when]]
if = { is = "low", attribute = "brightness", limit = 0.3 }

[[rule.then]]
do = "work"
title = "Change the lamp"
checklist = ["switch off", "change"]

[[rule.then]]
do = "notify"
to = "duty"
"""
NOTICES = '[[contact]]\nname = "duty"\nemail = "duty@town.example"\n'


def test_operating_when_typed_then_rules_work_and_notices_follow_each_other(
    tmp_path: Path,
) -> None:
    rules, plan, data = tmp_path / "park.toml", tmp_path / "plan.toml", tmp_path / "town"
    rules.write_text(RULES)
    plan.write_text(NOTICES)
    where = ("--data", str(data))
    assert run("rules", "check", str(rules)) == "rules: 1, all good\n"
    assert "contacts: 1, chains: 0" in run("notices", "check", str(plan))
    bad = tmp_path / "bad.toml"
    bad.write_text(RULES.replace("low", "lowish", 1))
    assert "bad.toml line 7: is: 'lowish' is unknown" in run("rules", "check", str(bad), status=1)
    with kota(data, "--notices", str(plan)) as (_, url):
        create(url)
        tried = run("rules", "test", str(rules), "--since", "1h", *where)
        assert "dim: would have fired 1 times" in tried
        assert "brightness is low (0.3) of urn:ngsi-ld:Lamp:L1: 0.1" in tried
        assert "0 work orders" in run("work", "list", *where)
        assert "bad.toml line 7" in run("rules", "load", str(bad), *where, status=1)
        said = run("rules", "load", str(rules), *where)
        assert said == "rules in force: 1; new or changed: dim\n"
        assert "1 rules" in run("rules", "list", *where)
        for _ in range(50):
            why = run("rules", "why", "dim", *where)
            if "notify: done" in why:
                break
        assert "yes: brightness is low (0.3) of urn:ngsi-ld:Lamp:L1: 0.1" in why
        assert "work: done opened" in why
        assert run("work", "assign", "1", "Budi", *where) == "work order 1 is assigned\n"
        run("work", "begin", "1", *where)
        assert "not ticked" in run("work", "finish", "1", *where, status=1)
        for step in ("1", "2"):
            run("work", "tick", "1", step, *where)
        assert run("work", "finish", "1", *where) == "work order 1 is done\n"
        assert json.loads(run("work", "show", "1", *where))["unticked"] == 0
        listed = json.loads(run("notices", "list", "--json", *where))
        assert listed["notices"][0]["title"] == "Lamp is dim"
        assert "1 failed" in run("notices", "list", *where)
        assert "notice " in run("notices", "send", "duty", "Storm", *where)
        assert run("retention", *where) == "everything is kept\n"
        held = json.loads(run("subject", "export", "urn:ngsi-ld:Lamp:L1", *where))
        assert len(held["about"]) == 2
        reason = ("--reason", "asked for", "--yes")
        erased = run("subject", "erase", "urn:ngsi-ld:Lamp:L1", *reason, *where)
        assert erased.startswith("erased: 3 entities")
        assert "rules in force: 0" in run("rules", "remove", "park.toml", *where)
