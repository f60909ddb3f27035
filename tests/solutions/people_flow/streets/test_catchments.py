"""Where the people of a place come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.people_flow.cli import make_commands
from kota.solutions.people_flow.privacy.od_tables import Flow
from kota.solutions.people_flow.streets.catchments import catchment

PAIRS = st.dictionaries(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), st.integers(1, 500), min_size=1
)


@given(PAIRS)
def test_shares_are_those_of_all_who_come_largest_first(trips: dict[tuple[str, str], int]) -> None:
    flows = [Flow(*pair, people) for pair, people in trips.items()]
    coming = [one for one in flows if one.destination == "a" and one.origin != "a"]
    if not coming:
        with pytest.raises(InputError, match="nobody goes to 'a'"):
            catchment(flows, "a")
        return
    found = catchment(flows, "a")
    assert found.people == sum(one.people for one in coming)
    assert found.within == trips.get(("a", "a"), 0)
    assert sum(one.share for one in found.origins) == pytest.approx(1.0, abs=1e-3)
    assert found.origins[-1].so_far == pytest.approx(1.0)
    assert [one.people for one in found.origins] == sorted(
        (one.people for one in coming), reverse=True
    )
    assert found.origins[found.core - 1].so_far >= 0.8
    assert all(0 < one.leaving <= 1 for one in found.origins)


def test_the_command_reads_a_table_and_says_it(tmp_path: Path) -> None:
    (tmp_path / "od.csv").write_text("origin,destination,people\na,m,30\nb,m,10\na,b,30\n")
    words = ["catchment", "--in", str(tmp_path / "od.csv"), "--to", "m"]
    said = CliRunner().invoke(make_commands(), [*words, "--json"], catch_exceptions=False)
    found = json.loads(said.output)
    assert (found["people"], found["core"]) == (40, 2)
    assert "75.0%" in CliRunner().invoke(make_commands(), words, catch_exceptions=False).output
