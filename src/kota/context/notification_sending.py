"""Sends one notification over HTTP or MQTT."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kota.context.notification_mqtt import SCHEMES, Publisher, enveloped, read_delivery
from kota.context.notification_writing import Message
from kota.context.outgoing import Outgoing
from kota.errors import ConnectError

if TYPE_CHECKING:
    import aiohttp

TIME_LIMIT_S = 5.0
CONNECTIONS = 100
CONNECTIONS_PER_HOST = 16
ANSWER_LIMIT = 1 << 16
"""Shorter answers are read to the end [bytes], so that their connection serves again."""

_MAY_PASS = frozenset({408, 425, 429})


class UndeliveredError(Exception):
    """A receiver did not take a notification.

    Args:
        reason: why, in words for the operator.
        lasting: whether trying again is unlikely to help.
    """

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting


class Sender:
    """Holds the connections to receivers.

    Args:
        rule: which hosts may be called.
        headers: sent with everything.
        publisher: publishes over MQTT; None: that is not offered.
    """

    def __init__(
        self,
        rule: Outgoing,
        headers: Mapping[str, str] | None = None,
        publisher: Publisher | None = None,
    ) -> None:
        self._rule = rule
        self._headers = dict(headers or {})
        self._publisher = publisher
        self._session: aiohttp.ClientSession | None = None
        self._all = asyncio.Semaphore(CONNECTIONS)
        self._of_host: dict[str, asyncio.Semaphore] = {}

    async def close(self) -> None:
        """Close the connections."""
        if self._publisher is not None:
            await self._publisher.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self,
        uri: str,
        message: Message,
        *,
        attempt: int,
        timeout_s: float = TIME_LIMIT_S,
        hints: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Send a notification by whatever its address says; see `post`.

        Args:
            uri, message, attempt, timeout_s: as there.
            hints: how to, the ``notifierInfo`` of the subscription.
        """
        if urlsplit(uri).scheme not in SCHEMES:
            await self.post(uri, message, attempt=attempt, timeout_s=timeout_s)
            return
        delivery = read_delivery(uri, hints)
        refusal = self._rule.refusal(delivery.broker, schemes=SCHEMES)
        if refusal is not None or self._publisher is None:
            raise UndeliveredError(refusal or "MQTT is not offered here", lasting=True)
        payload = enveloped(message.body, {**message.headers, "Kota-Attempt": str(attempt)})
        try:
            await asyncio.wait_for(self._publisher.publish(delivery, payload), timeout_s)
        except TimeoutError as error:
            raise UndeliveredError(f"the broker did not take it within {timeout_s:g} s") from error
        except ConnectError as error:
            raise UndeliveredError(str(error)) from error

    async def post(
        self, uri: str, message: Message, *, attempt: int, timeout_s: float = TIME_LIMIT_S
    ) -> None:
        """Send a notification; returns once the receiver took it.

        Args:
            uri: where to.
            message: what.
            attempt: 1 for the first; told in the header ``Kota-Attempt``.
            timeout_s: how long it may take [s].

        Raises:
            UndeliveredError: not allowed, not reached in time, or answered with an error.
        """
        import aiohttp

        refusal = self._rule.refusal(uri)
        if refusal is not None:
            raise UndeliveredError(refusal, lasting=True)
        headers = {**message.headers, **self._headers, "Kota-Attempt": str(attempt)}
        try:
            async with (
                self._turn(uri),
                self._all,
                self._open().post(
                    uri,
                    data=message.body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=timeout_s),
                ) as response,
            ):
                status = response.status
                location = response.headers.get("Location")
                if (response.content_length or 0) <= ANSWER_LIMIT:
                    await response.content.read(ANSWER_LIMIT)
        except TimeoutError as error:
            raise UndeliveredError(f"{uri} did not answer within {timeout_s:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise UndeliveredError(f"{uri}: {error or type(error).__name__}") from error
        if 200 <= status < 300:
            return
        raise _refused(uri, status, location)

    def _turn(self, uri: str) -> asyncio.Semaphore:
        """Waiting for one's turn is no fault of the receiver and does not use up its time."""
        host = urlsplit(uri).netloc
        turn = self._of_host.get(host)
        if turn is None:
            turn = self._of_host[host] = asyncio.Semaphore(CONNECTIONS_PER_HOST)
        return turn

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _refused(uri: str, status: int, location: str | None) -> UndeliveredError:
    if 300 <= status < 400:
        return UndeliveredError(
            f"{uri} answered {status} and points to {location}; subscribe with that address",
            lasting=True,
        )
    lasting = 400 <= status < 500 and status not in _MAY_PASS
    return UndeliveredError(f"{uri} answered {status}", lasting=lasting)
