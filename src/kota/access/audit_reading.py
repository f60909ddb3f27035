"""The audit read backwards, for whoever asks what was done lately."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from kota.access.audit_line import Line, decode
from kota.store.state import Audit, Link

_CHUNK: Final = 1000


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines; what is None asks for nothing.

    Args:
        what: what they are, or how that begins: ``command``, ``command.sent``.
        subject: done to this.
        who: done by this person or part of Kota.
        cause: led to by this.
        start, end: written from and before these instants.
    """

    what: str | None = None
    subject: str | None = None
    who: str | None = None
    cause: str | None = None
    start: int | None = None
    end: int | None = None

    def holds(self, line: Line) -> bool:
        """Whether a line is asked for."""
        if self.what is not None and not f"{line.what}.".startswith(f"{self.what}."):
            return False
        named = (
            (self.subject, line.subject),
            (self.who, line.who),
            (self.cause, line.cause),
        )
        if any(wanted is not None and wanted != found for wanted, found in named):
            return False
        if self.start is not None and line.at < self.start:
            return False
        return self.end is None or line.at < self.end


async def newest(
    audit: Audit, wanted: Wanted, *, limit: int, before: int | None = None
) -> list[tuple[int, Line]]:
    """Lines with their numbers, newest first.

    Args:
        audit: is read.
        wanted: which lines.
        limit: so many at most.
        before: lines with a number below this; None: all.
    """
    last = await audit.last()
    top = 0 if last is None else last.number
    if before is not None:
        top = min(top, before - 1)
    found: list[tuple[int, Line]] = []
    while top > 0 and len(found) < limit:
        bottom = max(0, top - _CHUNK)
        for link in reversed(await audit.read(bottom, top - bottom)):
            line = decode(link.body)
            if wanted.holds(line):
                found.append((link.number, line))
        top = bottom
    return found[:limit]


async def exported(audit: Audit) -> AsyncIterator[bytes]:
    """Everything for an auditor: a JSON object a line with number, digest and what was written.

    With the digests anybody can check the chain: each is SHA-256 over the one before, the number
    in 8 bytes (big-endian), and the bytes of ``body``.
    """
    after = 0
    while links := await audit.read(after, _CHUNK):
        yield b"".join(_row(link) for link in links)
        after = links[-1].number


def _row(link: Link) -> bytes:
    row = {"number": link.number, "digest": link.digest.hex(), "body": link.body.decode()}
    return msgspec.json.encode(row) + b"\n"
