"""Connections to one database, and what to do when they break."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import asyncpg

from kota.errors import StoreError
from kota.store.postgres.address import Address

Connection = Any
"""An `asyncpg.Connection`; the library has no types."""

READERS: Final = 4
"""Connections that read, for each store."""
PATIENCE: Final = 20.0
"""Seconds that reads and writes wait for a database that restarts."""
PAUSE: Final = 0.2
"""Seconds between two attempts to reach it."""
CONNECT_S: Final = 5.0
COMMAND_S: Final = 120.0

LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what rolling back says where the server died amid an answer
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    OSError,
    TimeoutError,
)
"""The database, or the way to it, is gone: it may be tried again."""

_T = TypeVar("_T")


class Database:
    """Reading connections, and others for whoever asks for one of his own.

    Args:
        address: where it is.
        name: what a connection is for; the server shows it (``application_name``).
    """

    def __init__(self, address: Address, name: str) -> None:
        self.address = address
        self._name = name
        self._pool: Any = None
        self._closing = False

    async def open(self) -> None:
        """Connect for reading.

        Raises:
            StoreError: it cannot be reached, or does not let this user in.
        """
        try:
            self._pool = await asyncpg.create_pool(
                min_size=1, max_size=READERS, init=_prepare, **self._arguments()
            )
        except (asyncpg.PostgresError, *LOST) as error:
            raise self.unreachable(error) from error

    async def close(self) -> None:
        """Disconnect; what is being read ends first, within a few seconds."""
        self._closing = True
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), CONNECT_S)
        except (TimeoutError, *LOST):
            self._pool.terminate()

    async def connect(self, *, patient: bool = False) -> Connection:
        """A connection of one's own.

        Args:
            patient: whether a command may take as long as it takes.

        Raises:
            asyncpg.PostgresError, OSError, TimeoutError: it cannot be had now.
        """
        arguments = self._arguments() | ({"command_timeout": None} if patient else {})
        connection = await asyncpg.connect(**arguments)
        await _prepare(connection)
        return connection

    async def alone(self, step: Callable[[Connection], Awaitable[_T]]) -> _T:
        """Run something long on a connection of its own, once.

        Raises:
            StoreError: the database is away, or refuses.
        """
        try:
            connection = await self.connect(patient=True)
            try:
                return await step(connection)
            finally:
                connection.terminate()
        except LOST as error:
            raise self.unreachable(error) from error
        except asyncpg.PostgresError as error:
            raise self.refused(error) from error

    async def read(self, step: Callable[[Connection], Awaitable[_T]]) -> _T:
        """Run queries on a connection; once more where it breaks, as long as `PATIENCE` lasts.

        Args:
            step: reads only, so that it may be repeated.

        Raises:
            StoreError: the database is away, or refuses.
        """
        end = time.monotonic() + PATIENCE
        while True:
            try:
                async with self._pool.acquire() as connection:
                    return await step(connection)
            except LOST as error:
                if self._closing or time.monotonic() > end:
                    raise self.unreachable(error) from error
                await asyncio.sleep(PAUSE)
            except asyncpg.PostgresError as error:
                raise self.refused(error) from error

    async def write_anew(self, tables: Sequence[str]) -> None:
        """Write tables anew, so that nothing deleted is left in their files.

        Raises:
            StoreError: the database is away, or refuses.
        """
        try:
            connection = await self.connect()
        except (asyncpg.PostgresError, *LOST) as error:
            raise self.unreachable(error) from error
        try:
            await connection.execute(f"VACUUM (FULL) {', '.join(tables)}")
        except LOST as error:
            raise self.unreachable(error) from error
        except asyncpg.PostgresError as error:
            raise self.refused(error) from error
        finally:
            with suppress(TimeoutError, asyncpg.PostgresError, *LOST):
                await connection.close(timeout=CONNECT_S)

    def unreachable(self, error: Exception) -> StoreError:
        """What to say where the database cannot be reached."""
        return StoreError(
            f"database {self.address}: {_words(error)}",
            hint="start PostgreSQL, or see who may connect; kota doctor --store looks at it",
        )

    def refused(self, error: Exception) -> StoreError:
        """What to say where the database does not do what it was asked."""
        return StoreError(
            f"database {self.address}: {_words(error)}",
            hint="free disk space, or look into its log; nothing of this request was kept",
        )

    def _arguments(self) -> dict[str, Any]:
        address = self.address
        return {
            "host": address.host,
            "port": address.port,
            "user": address.user,
            "password": address.password,
            "database": address.database,
            "ssl": address.sslmode,
            "timeout": CONNECT_S,
            "command_timeout": COMMAND_S,
            "server_settings": {
                "application_name": self._name,
                "search_path": f"{address.schema},public",
                "timezone": "UTC",
                "jit": "off",
                "plan_cache_mode": "force_custom_plan",
            },
        }


def rows_of(status: str) -> int:
    """How many rows a command touched.

    >>> rows_of("DELETE 12")
    12
    """
    return int(status.rpartition(" ")[2])


async def _prepare(connection: Connection) -> None:
    """JSONB travels as text: only the server looks into it."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=str, decoder=str, format="text"
    )


def _words(error: Exception) -> str:
    return str(error).strip() or type(error).__name__
