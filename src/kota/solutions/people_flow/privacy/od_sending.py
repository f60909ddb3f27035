"""Flows on their way into a running Kota."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from kota.context.ingest import Patch
from kota.errors import SolutionError
from kota.store.ownership import owner_of


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What a table held, and whether it was only looked at."""

    flows: int
    people: float
    dry_run: bool


async def send(patches: Sequence[Patch], data: Path, server: str | None) -> None:
    """Send flows to the Kota that was named or that owns the data folder.

    Raises:
        SolutionError: none runs.
        ConnectError: it does not answer, or refuses.
    """
    import aiohttp

    from kota.connect.sinks import ServerSink
    from kota.model.jsonld import kota_context

    owner = owner_of(data)
    url = server or (owner.url if owner is not None else None)
    if not url:
        raise SolutionError(
            f"no Kota runs on {data}", hint="start kota serve, or name one with --server"
        )
    async with aiohttp.ClientSession() as http:
        await ServerSink(http, url, kota_context()).put(patches)
