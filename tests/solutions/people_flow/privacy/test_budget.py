"""A budget is never overdrawn, whoever asks and how often."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import ConflictError, SolutionError
from kota.solutions.people_flow.privacy.budget import FILE, Ledger


def spend(folder: Path, epsilon: float, dataset: str = "taps", digest: bytes = b"1") -> float:
    account = Ledger(folder).charge(dataset, epsilon, "a table", digest=digest, now=1)
    return account.left


def test_what_is_spent_adds_up_and_the_rest_is_refused(tmp_path: Path) -> None:
    assert spend(tmp_path, 0.4) == pytest.approx(0.6)
    assert spend(tmp_path, 0.6) == pytest.approx(0.0)
    with pytest.raises(ConflictError, match=r"'taps': 0.1 would be spent and 0 of 1 is left"):
        spend(tmp_path, 0.1)
    (account,) = Ledger(tmp_path).accounts()
    assert (account.releases, account.spent) == (2, 1.0)


@given(st.lists(st.floats(1e-6, 3.0), max_size=40), st.floats(0.01, 5.0))
def test_no_order_of_releases_spends_more_than_there_is(
    tmp_path_factory: pytest.TempPathFactory, wishes: list[float], total: float
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    ledger = Ledger(folder)
    ledger.allow("d", total, now=0)
    granted = 0.0
    for wish in wishes:
        try:
            ledger.charge("d", wish, "", digest=b"", now=1)
        except ConflictError:
            assert granted + wish > total - 1e-9
        else:
            granted += wish
    assert granted <= total + 1e-8


def test_ten_tenths_fit_into_one(tmp_path: Path) -> None:
    for _ in range(10):
        spend(tmp_path, 0.1)
    with pytest.raises(ConflictError):
        spend(tmp_path, 0.001)


def _try(folder: Path) -> bool:
    try:
        spend(folder, 0.1)
    except ConflictError:
        return False
    return True


def test_processes_that_release_at_once_share_one_budget(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2) as pool:
        granted = sum(pool.map(_try, [tmp_path] * 24))
    assert granted == 10


def test_the_same_file_under_another_name_is_the_same_data_set(tmp_path: Path) -> None:
    spend(tmp_path, 0.7, "taps", b"file")
    with pytest.raises(ConflictError, match="'taps'"):
        spend(tmp_path, 0.7, "innocent", b"file")
    spend(tmp_path, 0.7, "other", b"other file")


def test_the_ledger_keeps_a_keyed_hash_of_a_file_and_not_its_digest(tmp_path: Path) -> None:
    spend(tmp_path, 0.7, digest=bytes(range(32)))
    text = (tmp_path / FILE).read_text()
    assert bytes(range(32)).hex() not in text
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_budget_is_not_made_smaller_than_what_is_spent(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    spend(tmp_path, 0.5)
    with pytest.raises(ConflictError, match=r"0.5 is spent, more than 0.4"):
        ledger.allow("taps", 0.4, now=2)
    assert ledger.allow("taps", 2.0, now=2).left == pytest.approx(1.5)
    (account,) = ledger.accounts()
    assert [entry.what for entry in account.entries] == ["a table", "budget set to 2"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": 1}', '{"accounts": {}}'])
def test_a_damaged_ledger_releases_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(SolutionError, match="is damaged"):
        spend(tmp_path, 0.1)
    assert (tmp_path / FILE).read_text() == content


@pytest.mark.parametrize("epsilon", [0.0, -1.0, float("nan"), float("inf")])
def test_a_loss_that_is_none_is_refused(tmp_path: Path, epsilon: float) -> None:
    with pytest.raises(SolutionError, match="above 0"):
        spend(tmp_path, epsilon)
    assert not (tmp_path / FILE).exists()


def test_a_release_is_on_disk_before_it_is_made(tmp_path: Path) -> None:
    spend(tmp_path, 0.25)
    book = json.loads((tmp_path / FILE).read_text())
    assert book["accounts"]["taps"]["entries"][0]["epsilon"] == 0.25
