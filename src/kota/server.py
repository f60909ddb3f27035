"""One process that serves: the rooms opened, and HTTP before them."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kota.access.accounts import FIRST_NAME, FIRST_PASSWORD
from kota.access.sealing import write_private
from kota.config import Settings
from kota.errors import ConnectError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

    from kota.runtime import Kota

log = logging.getLogger("kota")


def run(settings: Settings) -> None:
    """Serve until a signal ends it."""
    import uvloop

    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Open the rooms, answer HTTP, close the rooms."""
    from kota.api.app import application
    from kota.operation import running
    from kota.runtime import opened

    async with opened(settings) as kota:
        tune()
        await welcome(kota, settings)
        log.info(
            "Kota listens on %s://%s:%d, data in %s, auth %s",
            "http" if settings.tls_cert is None else "https",
            settings.host,
            settings.port,
            settings.data,
            settings.auth,
        )
        async with running(kota.tenants.run(), "kota-tenants"):
            await answer(application(kota), settings)


async def welcome(kota: Kota, settings: Settings) -> None:
    """Say who may come in; at the first start, with the password of the first administrator."""
    if settings.auth == "none":
        log.warning("nobody is asked who he is: everybody on this machine may do everything")
        return
    password = await kota.access.first_start()
    if password is None:
        return
    path = settings.data / FIRST_PASSWORD
    write_private(path, f"{password}\n".encode())
    sys.stderr.write(
        f"\n  First start: sign in as {FIRST_NAME} with the one-time password\n\n"
        f"      {password}\n\n  It is kept in {path} until it is changed.\n\n"
    )
    sys.stderr.flush()


def tune() -> None:
    """Set the interpreter up for a long life with many small values.

    Threads that commit hand the interpreter back within a millisecond. What is loaded is never
    looked at by the cycle collector again, and what comes is looked at seldom: the model's values
    hold no cycles, and a collection walks over all that waits to be committed.
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def answer(app: ASGIApp, settings: Settings, *, until: asyncio.Event | None = None) -> None:
    """Answer HTTP until a signal, or an event, ends it.

    Raises:
        ConnectError: the port is taken.
    """
    import uvicorn

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        backlog=4096,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    server = uvicorn.Server(config)
    ending = None if until is None else asyncio.create_task(_end(server, until))
    try:
        with _closing_after_term():
            await server.serve()
    except SystemExit:
        raise ConnectError(
            f"port {settings.port} on {settings.host} is taken", hint="give another with --port"
        ) from None
    finally:
        if ending is not None:
            ending.cancel()


@contextmanager
def _closing_after_term() -> Iterator[None]:
    """Let the rooms be closed after SIGTERM: uvicorn raises it again once it has ended."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


async def _end(server: uvicorn.Server, until: asyncio.Event) -> None:
    await until.wait()
    server.should_exit = True
