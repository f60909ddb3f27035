"""What came of a subscription, counted and kept."""

from __future__ import annotations

from pathlib import Path

from kota.clock import WallClock
from kota.context.tally import Tallies, Tally
from kota.store.state.sqlite import SqliteState

AT = 1_767_225_600_000_000


def test_nothing_is_shown_before_the_first_attempt() -> None:
    assert Tally().shown() == {}


def test_attempts_successes_and_failures_are_told_apart() -> None:
    tally = Tally()
    tally.sent(AT)
    tally.failed(AT + 1_000_000)
    assert tally.shown() == {
        "timesSent": 1,
        "timesFailed": 1,
        "lastNotification": "2026-01-01T00:00:00Z",
        "lastFailure": "2026-01-01T00:00:01Z",
        "status": "failed",
    }
    tally.sent(AT + 2_000_000)
    tally.succeeded(AT + 3_000_000)
    shown = tally.shown()
    assert (shown["timesSent"], shown["timesFailed"], shown["status"]) == (2, 1, "ok")
    assert shown["lastSuccess"] == "2026-01-01T00:00:03Z"


async def test_tallies_are_the_same_after_a_restart_and_go_with_their_subscription(
    tmp_path: Path,
) -> None:
    store = SqliteState(tmp_path, WallClock())
    await store.open()
    tallies = Tallies(store)
    for name in ("urn:s:1", "urn:s:2"):
        tallies.moving(name).sent(AT)
    await tallies.drop("urn:s:2")
    await tallies.save()
    again = Tallies(store)
    await again.open()
    assert again.of("urn:s:1") == tallies.of("urn:s:1")
    assert again.of("urn:s:2").times_sent == 0
    await tallies.drop("urn:s:1")
    emptied = Tallies(store)
    await emptied.open()
    assert emptied.of("urn:s:1").times_sent == 0
    await store.close()
