"""Whatever comes in over HTTP, the server answers for it and never fails."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kota.api.ngsi_ld.parameters import TABLE

ROOT = "/ngsi-ld/v1"
PATHS = [
    "entities",
    "entities/urn:t:1",
    "entities/urn:t:1/attrs",
    "entities/urn:t:1/attrs/a",
    "entityOperations/create",
    "entityOperations/upsert",
    "entityOperations/update",
    "entityOperations/merge",
    "entityOperations/delete",
    "entityOperations/query",
    "types",
    "types/T",
    "attributes",
    "attributes/a",
    "subscriptions",
    "subscriptions/urn:s:1",
    "jsonldContexts",
    "jsonldContexts/a",
    "temporal/entities",
    "temporal/entities/urn:t:1",
    "temporal/entities/urn:t:1/attrs",
    "temporal/entities/urn:t:1/attrs/a",
    "temporal/entities/urn:t:1/attrs/a/urn:i:1",
    "temporal/entityOperations/query",
]
VOCABULARY = """
id type value object languageMap vocab json valueList objectList datasetId observedAt unitCode
scope location coordinates @context @type @id @value entities q dataset urn:t:1 urn:ngsi-ld:null
notification endpoint uri timeInterval watchedAttributes timerel timeAt after before Subscription
Property GeoProperty Relationship LanguageProperty JsonProperty ListProperty VocabProperty Point
Polygon Query T a expiresAt quality * a==1 a>b a{b} (a|b);c "x" [1] near;maxDistance==5 within
/a/# 2020-01-01T00:00:00Z
"""
WORDS = VOCABULARY.split()
texts = st.sampled_from(WORDS) | st.text(max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=14,
)
queries = st.dictionaries(st.sampled_from(sorted(TABLE)) | texts, texts, max_size=4)
media = st.sampled_from(
    ["application/json", "application/ld+json", "application/merge-patch+json", "text/plain", ""]
)
ONE_CLIENT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def address(path, query):
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
    return f"{ROOT}/{path}?{pairs}"


@pytest.fixture
async def ask(client):
    async def send(method, path, query, body=None, headers=None):
        answer = await client.request(method, address(path, query), json=body, headers=headers)
        assert answer.status_code < 500 or answer.status_code in {501, 504}, answer.text
        if answer.status_code >= 400:
            assert answer.json()["detail"]

    return send


@ONE_CLIENT
@given(
    method=st.sampled_from(["POST", "PATCH", "PUT", "DELETE"]),
    path=st.sampled_from(PATHS),
    query=queries,
    body=documents,
    kind=media,
)
async def test_any_body_is_answered(ask, method, path, query, body, kind):
    await ask(method, path, query, body, {"content-type": kind})


@ONE_CLIENT
@given(path=st.sampled_from(PATHS), query=queries, accept=texts, link=texts)
async def test_any_query_is_answered(ask, path, query, accept, link):
    headers = {"accept": quote(accept), "link": f'<{quote(link)}>; rel="{quote(link)}"'}
    await ask("GET", path, query, None, headers)


@ONE_CLIENT
@given(body=st.dictionaries(texts, documents, max_size=5), notification=documents)
async def test_any_subscription_is_answered(ask, body, notification):
    entities = [{"type": "T"}]
    whole = {"id": "urn:s:1", "type": "Subscription", "entities": entities}
    endpoint = {"endpoint": {"uri": "http://127.0.0.1:9/notify"}}
    await ask("POST", "subscriptions", {}, {**whole, "notification": endpoint, **body})
    await ask("POST", "subscriptions", {}, {**whole, "notification": notification})
    await ask("PATCH", "subscriptions/urn:s:1", {}, body)
    await ask("GET", "subscriptions/urn:s:1", {})
    await ask("DELETE", "subscriptions/urn:s:1", {})


@ONE_CLIENT
@given(body=st.dictionaries(texts, documents, max_size=5))
async def test_any_entity_is_answered(ask, body):
    await ask("POST", "entities", {}, {"id": "urn:t:1", "type": "T", **body})
    await ask("GET", "entities/urn:t:1", {"options": "sysAttrs"})
    await ask("GET", "entities/urn:t:1", {"options": "keyValues"})
    await ask("PATCH", "entities/urn:t:1", {}, body)
    await ask("DELETE", "entities/urn:t:1", {})
