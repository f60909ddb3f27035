"""Where the verbs that bring data in put it: to a running Kota over HTTP, else into the store."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kota.cli.asking import TENANT_VARIABLE, credentials, tenancy, whole
from kota.store.ownership import owner_of

if TYPE_CHECKING:
    from kota.connect.sinks import Sink


def running_server(data: Path, server: str | None) -> str | None:
    """Address of the Kota that was named or that owns the data folder; None where none runs."""
    if server is not None:
        return server
    owner = owner_of(data)
    return owner.url if owner is not None and owner.url else None


@asynccontextmanager
async def reached(data: Path, server: str | None) -> AsyncIterator[Sink]:
    """Where observations are to go.

    Args:
        data: the data folder; opened, and made if need be, where no Kota owns it.
        server: address of a running Kota, or None.
    """
    data, named = whole(data, os.environ.get(TENANT_VARIABLE))
    url = running_server(data, server)
    if url is not None:
        import aiohttp

        from kota.connect.sinks import ServerSink
        from kota.model.jsonld import kota_context

        async with aiohttp.ClientSession(headers=credentials(data) | tenancy(named)) as http:
            yield ServerSink(http, url, kota_context())
        return
    from kota.config import Settings
    from kota.connect.sinks import StoreSink
    from kota.runtime import opened

    async with opened(Settings(data=data, port=0, auth="none", solutions=())) as kota:
        if not named:
            yield StoreSink(kota.state, kota.history, kota.ingest)
            return
        async with kota.tenants.lease(named) as rooms:
            yield StoreSink(rooms.state, rooms.history, rooms.ingest)
