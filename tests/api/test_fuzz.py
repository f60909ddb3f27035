"""No request, however strange, makes the server fail."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from benchmarks.processes import kota
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WRITES_FOLDERS = ("/api/v1/backups", "/api/v1/exports")
REFUSALS_OF_5XX = {501, 503, 504}
"""Not offered, context not available: answers that the standard foresees."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: Any) -> Iterator[str]:
    with kota(Path(tmp_path_factory.mktemp("fuzz")) / "town") as (_, url):
        yield url


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
def test_own_api_answers_every_call_of_its_description(server: str) -> None:
    described = schemathesis.openapi.from_url(f"{server}/openapi.json")
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 15
    for operation in operations:
        if operation.path in WRITES_FOLDERS:
            continue

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            answer = case.call(base_url=server)
            assert answer.status_code < 500, f"{case.method} {case.formatted_path}: {answer.text}"

        call()


NAMES = st.sampled_from(["id", "type", "level", "location", "@context", "scope", "@id", "x y", ""])
URIS = st.sampled_from(["urn:ngsi-ld:Tank:1", "urn:ngsi-ld:null", "Tank", "", "http://[", "urn:é"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    URIS,
    st.sampled_from(["Property", "GeoProperty", "Relationship", "2026-01-01T00:00:00Z", "Point"]),
)
MEMBERS = st.sampled_from(
    [
        "value",
        "object",
        "type",
        "observedAt",
        "unitCode",
        "datasetId",
        "languageMap",
        "vocab",
        "json",
        "valueList",
        "objectList",
        "coordinates",
        "entities",
        "notification",
        "endpoint",
        "uri",
        "q",
        "geoQ",
        "timeInterval",
        "watchedAttributes",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(MEMBERS | NAMES, inner, max_size=5)
    ),
    max_leaves=20,
)
ENTITIES = st.fixed_dictionaries(
    {"id": URIS, "type": st.sampled_from(["Tank", "Subscription", "", ["Tank", "Basin"]])},
    optional={
        "level": VALUES,
        "location": VALUES,
        "@context": VALUES,
        "scope": VALUES,
        "notification": VALUES,
        "entities": VALUES,
    },
)
BODIES = st.one_of(
    ENTITIES.map(json.dumps),
    st.lists(ENTITIES, max_size=3).map(json.dumps),
    VALUES.map(json.dumps),
    st.binary(max_size=30).map(lambda raw: raw.decode("latin-1")),
    st.just("[" * 3000),
)
PATHS = st.sampled_from(
    [
        "entities",
        "entities/{}",
        "entities/{}/attrs",
        "entities/{}/attrs/level",
        "entityOperations/create",
        "entityOperations/upsert",
        "entityOperations/update",
        "entityOperations/merge",
        "entityOperations/delete",
        "entityOperations/query",
        "temporal/entities",
        "temporal/entities/{}",
        "temporal/entities/{}/attrs",
        "temporal/entityOperations/query",
        "subscriptions",
        "subscriptions/{}",
        "jsonldContexts",
        "jsonldContexts/{}",
        "types",
        "types/{}",
        "attributes",
        "attributes/{}",
        "nothing/here",
    ]
)
PARAMETERS = st.dictionaries(
    st.sampled_from(
        [
            "q",
            "scopeQ",
            "type",
            "id",
            "idPattern",
            "attrs",
            "pick",
            "omit",
            "georel",
            "geometry",
            "coordinates",
            "geoproperty",
            "limit",
            "offset",
            "count",
            "options",
            "format",
            "lang",
            "orderBy",
            "timerel",
            "timeAt",
            "endTimeAt",
            "timeproperty",
            "lastN",
            "aggrMethods",
            "aggrPeriodDuration",
            "datasetId",
            "local",
            "join",
            "joinLevel",
            "details",
            "deleteAll",
        ]
    ),
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            [
                "level>=1;level<2",
                "near;maxDistance==100",
                "[103.8,1.3]",
                "Polygon",
                "((((",
                "level~=(a+)+$",
                "1e999",
                "-1",
                "P1DT",
                "PT0S",
                "before",
                "true",
                "normalized",
                "sysAttrs",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999Z",
            ]
        ),
    ),
    max_size=5,
)
HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "Accept", "Link", "Prefer", "Accept-Language"]),
    st.sampled_from(
        [
            "application/json",
            "application/ld+json",
            "application/geo+json",
            "application/merge-patch+json",
            "text/plain",
            '<urn:none>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"',
            "body=json",
            "th, en;q=0.5",
            ";;;",
        ]
    ),
    max_size=4,
)


@pytest.mark.timeout(600)
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    path=PATHS,
    name=URIS,
    parameters=PARAMETERS,
    headers=HEADERS,
    body=BODIES,
)
def test_ngsi_ld_answers_whatever_it_is_sent(
    server: str,
    method: str,
    path: str,
    name: str,
    parameters: dict[str, str],
    headers: dict[str, str],
    body: str,
) -> None:
    query = "&".join(f"{key}={quote(value)}" for key, value in parameters.items())
    target = f"/ngsi-ld/v1/{path.format(quote(name, safe=''))}?{query}"
    connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, target, body.encode("utf-8", "replace"), headers)
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    assert answer.status < 500 or answer.status in REFUSALS_OF_5XX, (answer.status, said)
    if answer.status >= 400 and method != "HEAD" and answer.status != 411:
        problem = json.loads(said)
        assert problem["title"]
        assert problem["type"].startswith("https://uri.etsi.org/ngsi-ld/errors/")
