from pathlib import Path

from benchmarks.conformance import BEGIN, END, Counts, markdown, read_results, replace_counts

OUTPUT = """<robot><suite>
<test name="A"><kw><status status="FAIL">inner</status></kw><status status="PASS"/></test>
<test name="B"><status status="FAIL">201 != 400
more</status></test>
</suite></robot>"""


def test_tests_are_counted_with_the_first_line_of_each_failure(tmp_path: Path):
    output = tmp_path / "output.xml"
    output.write_text(OUTPUT)
    counts = read_results(output, Counts("provision", "TP/NGSI-LD/Folder"))
    assert (counts.passed, counts.total) == (1, 2)
    assert counts.failures == {"B": "201 != 400"}


def test_the_table_sums_groups_and_replaces_only_itself():
    found = [
        Counts("provision", "TP/NGSI-LD/A", 3),
        Counts("temporal", "TP/NGSI-LD/B", 1, {"x": "y"}),
    ]
    table = markdown(found)
    assert "| A | 3 | 3 | 100.0% |" in table
    assert "| **temporal** | 1 | 2 | 50.0% |" in table
    assert "together** | 3 | 3 | 100.0% |" in table
    text = replace_counts(f"before\n{BEGIN}\nearlier\n{END}\nafter", table)
    assert text.startswith("before\n")
    assert text.endswith("\nafter")
    assert "earlier" not in text
    assert replace_counts(text, table) == text
