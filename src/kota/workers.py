"""Worker processes for work that would hold up the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from pickle import PicklingError
from typing import Any, TypeVar

from kota.errors import SolutionError

R = TypeVar("R")

_SPAWN = multiprocessing.get_context("spawn")
_NICENESS = 5


class Workers:
    """A few processes that compute, one call at a time each.

    A process that dies or overruns its time takes down its own call alone; the next call finds
    a new one. Processes start with the first call.

    Args:
        count: how many, at least one.
    """

    def __init__(self, count: int = 1) -> None:
        if count < 1:
            raise SolutionError(f"{count} worker processes cannot compute; give at least 1")
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._all = [_Worker() for _ in range(count)]
        for worker in self._all:
            self._idle.put_nowait(worker)

    async def run(self, function: Callable[..., R], *args: Any, timeout_s: float = 60.0) -> R:
        """Call a module-level function in another process.

        Args:
            function: importable by name; it and its arguments and result must pickle.
            timeout_s: how long it may take [s], not counting the wait for a free process.

        Raises:
            SolutionError: the process died or ran out of time.
            Exception: whatever the function itself raised.
        """
        worker = await self._idle.get()
        call = asyncio.ensure_future(asyncio.to_thread(worker.call, function, args, timeout_s))
        call.add_done_callback(lambda _: self._idle.put_nowait(worker))
        try:
            ok, result = await asyncio.shield(call)
        except asyncio.CancelledError:
            worker.kill()
            with contextlib.suppress(SolutionError):
                await call
            raise
        if not ok:
            raise result
        answer: R = result
        return answer

    def close(self) -> None:
        """Stop all processes."""
        for worker in self._all:
            worker.kill()


class _Worker:
    """One process and the pipe to it; used by one thread at a time."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None

    def call(
        self, function: Callable[..., Any], args: tuple[Any, ...], timeout_s: float
    ) -> tuple[bool, Any]:
        pipe = self._pipe
        if pipe is None or self._process is None or not self._process.is_alive():
            pipe = self._start()
        try:
            pipe.send((function, args))
            if not pipe.poll(timeout_s):
                self.kill()
                raise SolutionError(
                    f"{function.__qualname__} did not finish within {timeout_s:g} s",
                    hint="give it less to do or a longer timeout_s",
                )
            answer: tuple[bool, Any] = pipe.recv()
        except (EOFError, OSError) as error:
            self.kill()
            raise SolutionError(
                f"the process that computed {function.__qualname__} died; out of memory, "
                "or a crash in a native library"
            ) from error
        return answer

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()

    def _start(self) -> Connection[Any, Any]:
        here, there = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_serve, args=(there,), daemon=True, name="kota-worker")
        process.start()
        there.close()
        self._process, self._pipe = process, here
        return here


def _serve(pipe: Connection[Any, Any]) -> None:
    """Answer calls until the pipe closes; lower in priority than the server."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    while True:
        try:
            function, args = pipe.recv()
        except EOFError:
            return
        except (ImportError, AttributeError) as error:
            pipe.send((False, error))
            continue
        answer = _answer(function, args)
        try:
            pipe.send(answer)
        except (PicklingError, TypeError, AttributeError) as error:
            what = f"the result of {function.__qualname__} cannot leave its process: {error}"
            pipe.send((False, SolutionError(what)))


def _answer(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, function(*args)
    except Exception as error:  # noqa: BLE001 - raised again in the process that asked
        return False, error
