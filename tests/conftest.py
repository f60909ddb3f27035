"""What every test may use."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.postgres_server import PostgresServer, postgres
from benchmarks.processes import kota
from hypothesis import HealthCheck, settings

settings.register_profile(
    "kota",
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("campaign", parent=settings.get_profile("kota"), max_examples=5000)
settings.load_profile(os.environ.get("KOTA_HYPOTHESIS", "kota"))


class ManualClock:
    """Time that moves when it is told to."""

    def __init__(self, now: int) -> None:
        self.time = now

    def now(self) -> int:
        """Microseconds since the epoch."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time += int(seconds * 1_000_000)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2026-01-01T00:00:00Z until moved."""
    return ManualClock(1_767_225_600_000_000)


@pytest.fixture
def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL with PostGIS; a test asks `database` for a database of its own."""
    with postgres(durable=False) as server:
        yield server


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database."""
    name = f"town_{os.urandom(6).hex()}"
    postgres_server.sql(f"CREATE DATABASE {name}")
    yield postgres_server.address(name)
    postgres_server.sql(f"DROP DATABASE {name} WITH (FORCE)")


class KotaServer:
    """A `kota serve` of its own, and where it keeps its data."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self.data = data

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rsplit(":", 1)[1])


@pytest.fixture
def kota_server(tmp_path: Path) -> Iterator[KotaServer]:
    """A Kota without devices, ready, on a free port."""
    data = tmp_path / "town"
    with kota(data) as (_, url):
        yield KotaServer(url, data)
