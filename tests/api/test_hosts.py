"""A server that is called by another's name."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest


@pytest.mark.parametrize("path", ["/ngsi-ld/v1/types", "/api/v1/town", "/", "/metrics"])
def test_request_for_another_host_is_refused_on_every_face(kota_server: Any, path: str) -> None:
    def status(host: str) -> int:
        with closing(HTTPConnection("127.0.0.1", kota_server.port, timeout=10)) as connection:
            connection.request("GET", path, headers={"Host": host})
            with connection.getresponse() as answer:
                answer.read()
                return answer.status

    assert status(f"evil.example:{kota_server.port}") == 421
    assert status(f"localhost:{kota_server.port}") in (200, 404)
