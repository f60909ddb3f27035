"""The command safety campaign, at a small size, and that its oracle sees what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks.command_safety import Sequence

from benchmarks import command_safety
from kota.operate.commands.interlock import Interlock
from kota.operate.commands.keeper import Keeper


def faults(count: int) -> list[str]:
    found: list[str] = []
    for seed in range(count):
        sequence = Sequence(seed)
        sequence.run()
        found += sequence.wrong
    return found


def test_no_random_sequence_leads_to_an_unsafe_command() -> None:
    assert faults(200) == []
    assert command_safety.main(["--sequences", "5", "--seed", "3"]) == 0


@pytest.mark.parametrize(
    ("where", "name", "without"),
    [
        (Interlock, "refusal", lambda *_: None),
        (Keeper, "_lost", lambda *_: None),
        (Keeper, "_missing", lambda *_: None),
    ],
)
def test_the_oracle_sees_a_keeper_that_is_broken(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, without: Any
) -> None:
    monkeypatch.setattr(where, name, without)
    assert faults(150) != []
