"""Boards of one's own."""

from __future__ import annotations

import httpx
import pytest
from tests.api.test_identity import app, bearer, http, kota  # noqa: F401  fixtures

from kota.access.identity import Grant
from kota.access.right import Role
from kota.runtime import Kota

TILE = {"solution": "water", "kind": "chart", "part": "balance", "width": 6, "height": 4}
BOARD = {"title": "Night shift", "roles": ["operator"], "tiles": [TILE]}
URL = "/api/v1/boards"


async def test_a_board_is_its_owners_and_seen_by_the_roles_it_is_shared_with(
    kota: Kota,  # noqa: F811
    http: httpx.AsyncClient,  # noqa: F811
) -> None:
    ann = await bearer(kota, Grant(role=Role.ENGINEER))
    bob = await bearer(kota, Grant(role=Role.OPERATOR))
    cat = await bearer(kota, Grant(role=Role.PLANNER))
    made = await http.put(f"{URL}/b1", json=BOARD, headers=ann)
    assert made.status_code == 200
    assert made.json()["mine"]
    assert made.json()["tiles"] == [TILE]
    (seen,) = (await http.get(URL, headers=bob)).json()
    assert (seen["title"], seen["mine"]) == ("Night shift", False)
    assert (await http.get(URL, headers=cat)).json() == []
    assert (await http.put(f"{URL}/b1", json=BOARD, headers=bob)).status_code == 403
    assert (await http.delete(f"{URL}/b1", headers=bob)).status_code == 404
    assert (await http.delete(f"{URL}/b1", headers=ann)).status_code == 204
    assert (await http.get(URL, headers=ann)).json() == []


async def test_a_stranger_has_no_boards(http: httpx.AsyncClient) -> None:  # noqa: F811
    assert (await http.get(URL)).status_code == 401
    assert (await http.put(f"{URL}/b1", json=BOARD)).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 121},
        {"roles": ["king"]},
        {"tiles": [{**TILE, "width": 13}]},
        {"tiles": [{**TILE, "kind": "film"}]},
        {"tiles": [TILE] * 61},
    ],
)
async def test_what_is_no_board_is_refused_and_changes_nothing(
    kota: Kota,  # noqa: F811
    http: httpx.AsyncClient,  # noqa: F811
    wrong: dict[str, object],
) -> None:
    ann = await bearer(kota, Grant(role=Role.ENGINEER))
    await http.put(f"{URL}/b1", json=BOARD, headers=ann)
    assert (await http.put(f"{URL}/b1", json={**BOARD, **wrong}, headers=ann)).status_code == 400
    (kept,) = (await http.get(URL, headers=ann)).json()
    assert kept["title"] == "Night shift"
