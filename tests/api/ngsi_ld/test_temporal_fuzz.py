"""Whatever is sent to the temporal endpoints, the server does not fail."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

PREFIX = "/ngsi-ld/v1/temporal"
ONE = "urn:ngsi-ld:Tank:1"
FUZZ = "urn:ngsi-ld:Tank:fuzz"

TIMES = st.sampled_from(
    ["2026-01-01T08:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01", "x"]
)
PARAMETERS: dict[str, st.SearchStrategy[str]] = {
    "timerel": st.sampled_from(["before", "after", "between", "during"]),
    "timeAt": TIMES,
    "endTimeAt": TIMES,
    "timeproperty": st.sampled_from(["observedAt", "createdAt", "modifiedAt", "deletedAt", "x"]),
    "lastN": st.sampled_from(["1", "3", "999999999", "0", "-1", "x"]),
    "type": st.sampled_from(["Tank", "*", "Tank|Pump", "(("]),
    "id": st.sampled_from([ONE, "x", "urn:a:b,urn:c:d"]),
    "idPattern": st.sampled_from([".*1", "[", "(a+)+"]),
    "attrs": st.sampled_from(["level", "level,name", "scope", "createdAt", ""]),
    "pick": st.sampled_from(["id", "level", "scope", "id,type", "{"]),
    "omit": st.sampled_from(["id", "level", "type"]),
    "q": st.sampled_from(
        ["level>1", "level==1..3;name", "!level", 'level>1|name=="a"', "level[0]==1", "level>"]
    ),
    "scopeQ": st.sampled_from(["/a/#", "/+", "((", "/a;/b"]),
    "georel": st.sampled_from(["near;maxDistance==5", "within", "x"]),
    "geometry": st.sampled_from(["Point", "Polygon", "x"]),
    "coordinates": st.sampled_from(["[1,2]", "[[[0,0],[1,0],[1,1],[0,0]]]", "x"]),
    "aggrMethods": st.sampled_from(
        ["avg", "min,max,sum,stddev,sumsq,totalCount,distinctCount", "median"]
    ),
    "aggrPeriodDuration": st.sampled_from(
        [
            "PT1H",
            "P1M",
            "PT0S",
            "PT0.000001S",
            "P9999Y",
            "P9999999999Y",
            "P1M9999999D",
            "PT99999999999999999H",
            "P1M1D",
            "x",
        ]
    ),
    "format": st.sampled_from(["normalized", "temporalValues", "aggregatedValues", "x"]),
    "options": st.sampled_from(["sysAttrs", "temporalValues,sysAttrs", "count", "x"]),
    "datasetId": st.sampled_from(["@none", "urn:d:1", "x"]),
    "limit": st.sampled_from(["0", "1", "1000", "1001", "x"]),
    "offset": st.sampled_from(["0", "5", "999999999999999999999", "x"]),
    "count": st.sampled_from(["true", "false"]),
    "orderBy": st.sampled_from(["id", "id;desc", "level"]),
}


@st.composite
def queries(draw: st.DrawFn) -> dict[str, str]:
    """A few parameters, most often beside a time that is right."""
    names = draw(st.lists(st.sampled_from(sorted(PARAMETERS)), max_size=4, unique=True))
    given = {name: draw(PARAMETERS[name]) for name in names}
    if draw(st.integers(0, 4)):
        given = {"timerel": "after", "timeAt": "0001-01-01T00:00:00Z", "type": "Tank", **given}
    return given


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from([ONE, "Tank", "urn:ngsi-ld:null", "2026-01-01T00:00:00Z", "Property"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    ["type", "value", "observedAt", "datasetId", "object", "languageMap", "scope"]
                ),
                st.text(max_size=5),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


async def fill(client) -> None:
    values: list[Any] = [1, 2.5, 1e300, -1e300, True, "text", [1, 2], {"a": 1}]
    level = [
        {"type": "Property", "value": value, "observedAt": f"2026-01-01T08:{place:02d}:00Z"}
        for place, value in enumerate(values)
    ]
    edges = [
        {"type": "Property", "value": 1, "observedAt": at}
        for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
    ]
    for entity_id in (ONE, *(f"urn:ngsi-ld:Tank:{number}" for number in range(2, 22))):
        body = {"id": entity_id, "type": "Tank", "scope": "/a/b", "level": level, "edge": edges}
        answer = await client.post(f"{PREFIX}/entities", json=body)
        assert answer.status_code in (201, 204)


def examples(strategy: st.SearchStrategy[Any], number: int) -> list[Any]:
    """Examples of a strategy, to be tried in the event loop of the test."""
    found: list[Any] = []

    @settings(max_examples=number, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(one: Any) -> None:
        found.append(one)

    collect()
    return found


async def test_no_combination_of_parameters_makes_the_server_fail(client):
    await fill(client)

    for parameters in examples(queries(), 300):
        query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
        for path in ("/entities", f"/entities/{ONE}"):
            answer = await client.get(f"{PREFIX}{path}?{query}")
            assert answer.status_code < 500, (query, answer.text)


async def test_no_document_makes_the_server_fail(client):
    await fill(client)
    headers = {"content-type": "application/json"}

    for body in examples(JSON, 150):
        for path in ("/entities", f"/entities/{ONE}/attrs", "/entityOperations/query"):
            whole = {"id": FUZZ, "type": "Tank", **body} if isinstance(body, dict) else body
            content = msgspec.json.encode(body if path.endswith("attrs") else whole)
            answer = await client.post(PREFIX + path, content=content, headers=headers)
            assert answer.status_code < 500, (content, answer.text)
        found = await client.get(f"{PREFIX}/entities/{FUZZ}")
        assert found.status_code in (200, 404), found.text
