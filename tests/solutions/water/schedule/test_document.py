"""What is not changed in an input file stays as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.solutions.water.schedule.two_tanks import NETWORK

from kota.errors import InputError
from kota.solutions.water.inp import net3
from kota.solutions.water.schedule.document import Document

OPENS = ["LINK", "a", "OPEN", "AT", "TIME", "0"]


def document(text: str = NETWORK) -> Document:
    return Document("two-tanks.inp", tuple(text.splitlines()))


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    Document.read(net3()).write(tmp_path / "again.inp")
    before = net3().read_bytes().replace(b"\r\n", b"\n")
    assert (tmp_path / "again.inp").read_bytes().rstrip() == before.rstrip()


def test_released_links_have_no_control_rule_or_pattern_and_all_else_stays() -> None:
    made = document().released(frozenset({"big", "small"}), frozenset({"big", "small", "by"}))
    controls = [words for _, words in made.within("CONTROLS")]
    assert controls == [["LINK", "side", "OPEN", "AT", "TIME", "3"]]
    assert ";the operator's own remark" in made.lines
    assert [words for _, words in made.within("RULES")] == [
        ["RULE", "one"],
        ["IF", "TANK", "hill", "LEVEL", "BELOW", "0.8"],
        ["THEN", "PIPE", "side", "STATUS", "IS", "OPEN"],
    ]
    pump = next(line for line in made.lines if line.strip().startswith("small "))
    assert "PATTERN" not in pump
    assert ";the old one" in pump
    assert len(made.lines) == len(document().lines)


def test_a_rule_that_would_be_left_without_then_is_refused_with_its_line() -> None:
    text = (
        "[RULES]\nRULE x\nIF SYSTEM TIME > 3\nTHEN PUMP big STATUS IS OPEN\nELSE PIPE a STATUS"
        " IS OPEN\n[END]\n"
    )
    with pytest.raises(InputError, match=r"two-tanks\.inp line 4: the rule has an ELSE"):
        document(text).released(frozenset({"big"}), frozenset({"big"}))


def test_a_setting_is_replaced_where_it_stands_or_appended() -> None:
    made = document().setting("TIMES", "Duration", "48:00")
    assert made.lines.index(" Duration  48:00") == document().lines.index(" Duration  24:00")
    more = made.setting("OPTIONS", "Demand Multiplier", "1.1")
    assert ["Demand", "Multiplier", "1.1"] in [words for _, words in more.within("OPTIONS")]
    again = made.setting("TIMES", "Duration", "48:00")
    assert again == made


def test_a_section_that_is_missing_is_made_before_the_end() -> None:
    made = document("[JUNCTIONS]\n a 1\n[END]\n").appended("CONTROLS", [" ".join(OPENS)])
    assert made.lines[-1] == "[END]"
    assert [words for _, words in made.within("CONTROLS")] == [
        ["LINK", "a", "OPEN", "AT", "TIME", "0"]
    ]


def test_what_is_no_input_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.inp"
    path.write_text("Dear operator\n")
    with pytest.raises(InputError, match=r"letter\.inp: it has no section"):
        Document.read(path)
    with pytest.raises(InputError, match=r"absent\.inp: cannot be read"):
        Document.read(tmp_path / "absent.inp")


def test_ids_that_differ_in_case_are_different_links() -> None:
    text = "[CONTROLS]\n LINK P1 OPEN AT TIME 1\n link p1 closed at time 2\n[END]\n"
    made = document(text).released(frozenset({"p1"}), frozenset({"p1"}))
    assert [words[1] for _, words in made.within("CONTROLS")] == ["P1"]
