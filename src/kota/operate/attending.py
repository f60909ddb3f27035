"""A room that is woken by what happens, and looks at the time now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from kota.errors import StoreError

RETRY_S: Final = 1.0
"""How long a room waits before it writes again what could not be written."""


async def attend(
    woken: asyncio.Event,
    settle: Callable[[], Awaitable[None]],
    *,
    every: float,
    log: logging.Logger,
    failing: str,
) -> None:
    """Settle whenever something happened and at least with a period, until cancelled.

    What cannot be written is logged and tried again: a full disk must not end the alarms.

    Args:
        woken: set when something happened.
        settle: does what is due; raises `StoreError` where it was not written, to be called again.
        every: longest time between two calls [s].
        log: of the room.
        failing: what does not happen while nothing can be written, for the log.
    """
    while True:
        try:
            async with asyncio.timeout(every):
                await woken.wait()
        except TimeoutError:
            pass
        woken.clear()
        try:
            await settle()
        except StoreError as error:
            log.error("%s: %s", failing, error)
            await asyncio.sleep(RETRY_S)
