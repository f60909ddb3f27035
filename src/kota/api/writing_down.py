"""What people change over NGSI-LD, told to the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from kota.api.calling import CALLER
from kota.api.ngsi_ld.binding import PREFIX

if TYPE_CHECKING:
    from starlette.types import Scope

    from kota.access.access import Access
    from kota.access.caller import Caller
    from kota.api.ngsi_ld.reply import Reply

_LONGEST: Final = 500


class WritingDown:
    """Tells the audit of what a person has changed, before he hears that it was done.

    Programs write thousands of times a second, and what they write is in history with its time;
    a person changes a single thing now and then, and answers for it.

    Args:
        access: keeps the audit.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    async def __call__(self, scope: Scope, right: str, reply: Reply) -> None:
        """Write one line, `context.write`, about what was changed and how."""
        caller: Caller = scope[CALLER]
        if not caller.who.person:
            return
        path: bytes = dict(reply.headers).get(b"location") or scope["raw_path"]
        subject = unquote(path.decode("latin-1").removeprefix(PREFIX + "/"))[:_LONGEST]
        await self._access.note(caller, right, "context.write", subject, method=scope["method"])
