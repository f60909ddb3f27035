"""What both stores share where they stand on PostgreSQL: address, connections, versions."""

from __future__ import annotations

from importlib.util import find_spec

from kota.errors import ConfigurationError


def require_driver() -> None:
    """Say what to install where the library is missing; it comes with the extra `postgres`.

    Raises:
        ConfigurationError: it is missing.
    """
    if find_spec("asyncpg") is None:
        raise ConfigurationError(
            "store: asyncpg is not installed", hint="pip install 'kota-city[postgres]'"
        )
