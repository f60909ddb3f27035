"""What could not be taken in or delivered: to be read, tried again, or thrown away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from kota.api.eyes import eyes_of
from kota.api.kota.acting import line_of
from kota.api.kota.answers import Model, problems
from kota.connect.intake import BOX as INGEST_BOX
from kota.context.notice import from_body
from kota.context.notifications import LETTER_BOX
from kota.errors import ConflictError, ConnectError, NotFoundError
from kota.model.instant import render
from kota.store.state import Letter

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

Box = Literal["ingest", "notification"]
_SHOWN = 4096
_KEY = Path(ge=1, le=2**62)


class LetterView(Model):
    """One dead letter.

    `topic` is where a message came from, or the subscription that a notification belongs to.
    """

    key: str
    box: Box
    at: str
    topic: str
    reason: str
    payload: Any
    size: int


_WITHHELD = "withheld: it may tell of a person; state a purpose that you were given"
_QUOTED = re.compile(r"'[^']*'")


def _view(letter: Letter, box: Box, *, everything: bool) -> LetterView:
    payload = _notified(letter.body) if box == LETTER_BOX else _WITHHELD
    if box != LETTER_BOX and everything:
        payload = _readable(letter.body)
    return LetterView(
        key=str(letter.key),
        box=box,
        at=render(letter.at),
        topic=letter.subject,
        reason=letter.reason if everything else _QUOTED.sub("'…'", letter.reason),
        payload=payload,
        size=len(letter.body),
    )


def _readable(body: bytes) -> Any:
    """A payload as people can read it: JSON, else text, else hexadecimal digits."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return body[:_SHOWN].decode()
    except UnicodeDecodeError:
        return body[: _SHOWN // 2].hex(" ")


def _notified(body: bytes) -> Any:
    notice = from_body(body)
    return {
        "id": notice.id,
        "notifiedAt": render(notice.at),
        "entities": [entry.entity.id for entry in notice.entries],
    }


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["operation"])

    async def find(key: int) -> Letter:
        for box in (INGEST_BOX, LETTER_BOX):
            found = await rooms.state.list_letters(box, 1, key + 1)
            if found and found[0].key == key:
                return found[0]
        raise NotFoundError(f"letter {key}: there is none")

    @routes.get("/letters")
    async def letters(
        request: Request,
        box: Box = "ingest",
        limit: int = Query(100, ge=1, le=1000),
        before: int | None = Query(None, ge=1, le=2**62, description="A key, to page on."),
    ) -> list[LetterView]:
        """Dead letters of one box, newest first."""
        everything = eyes_of(rooms, request.scope).everything
        found = await rooms.state.list_letters(box, limit, before)
        return [_view(one, box, everything=everything) for one in found]

    @routes.post("/letters/{key}/replay", status_code=204, responses=problems(404, 409))
    async def replay(request: Request, key: int = _KEY) -> Response:
        """Try again: take the message in, or send the notification; the letter is gone then."""
        letter = await find(key)
        line = line_of(rooms, request, "letter.replay", f"letter:{key}", topic=letter.subject)
        if letter.box == LETTER_BOX:
            await rooms.notifier.replay(key, audit=[line])
            return Response(status_code=204)
        try:
            await rooms.intake.resubmit(letter.subject, letter.body)
        except ConnectError as error:
            raise ConflictError(
                f"letter {key}: it still cannot be taken in: {error}", hint="change its profile"
            ) from error
        await rooms.state.delete_letters([key], audit=[line])
        return Response(status_code=204)

    @routes.delete("/letters/{key}", status_code=204, responses=problems(404))
    async def discard(request: Request, key: int = _KEY) -> Response:
        """Throw a letter away."""
        line = line_of(rooms, request, "letter.discard", f"letter:{key}")
        if not await rooms.state.delete_letters([key], audit=[line]):
            raise NotFoundError(f"letter {key}: there is none")
        return Response(status_code=204)

    return routes
