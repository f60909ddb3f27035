"""Browsers that asked to be told, and the channel to them."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from kota.clock import Clock
from kota.context.notification_sending import Sender, UndeliveredError
from kota.context.notification_writing import Message
from kota.context.outgoing import Outgoing
from kota.errors import BadRequestDataError, ConflictError
from kota.model.instant import SECOND
from kota.operate.notices.channel import document
from kota.operate.notices.notice import Delivery, Notice
from kota.operate.notices.web_push import LARGEST, Keys, Voucher, check_keys, encrypt
from kota.store.state import Document, StateStore

KIND: Final = "push"
MOST: Final = 10
"""Browsers of one person."""
_LIFETIME_S: Final = 4 * 3600
_URGENT: Final = {"critical": "high", "high": "high", "medium": "normal", "low": "low"}
_GONE: Final = ("answered 404", "answered 410")


class Browser(msgspec.Struct, frozen=True):
    """A browser that asked to be told.

    Args:
        user: name of the account.
        endpoint: of its push service.
        keys: to encrypt with.
        at: since when [µs].
    """

    user: str
    endpoint: str
    keys: Keys
    at: int

    @property
    def key(self) -> str:
        """Names it in the store."""
        return sha256(self.endpoint.encode()).hexdigest()[:32]


class Browsers:
    """All browsers of a town, and the way to them.

    Args:
        store: keeps them.
        clock: wall time.
        sender: holds the connections.
        rule: which push services may be called.
        voucher: signs.
    """

    def __init__(
        self, store: StateStore, clock: Clock, sender: Sender, rule: Outgoing, voucher: Voucher
    ) -> None:
        self.voucher = voucher
        self._store = store
        self._clock = clock
        self._sender = sender
        self._rule = rule

    async def of(self, user: str) -> list[Browser]:
        """The browsers of a person."""
        kept = await self._store.list_documents(KIND)
        found = [msgspec.json.decode(one.body, type=Browser) for one in kept]
        return [one for one in found if one.user == user]

    async def add(self, user: str, endpoint: str, keys: Keys) -> None:
        """Take a browser in; returns when it is durable.

        Raises:
            BadRequestDataError: its keys are none, or its push service may not be called.
            ConflictError: the person has too many.
        """
        check_keys(keys)
        refusal = self._rule.refusal(endpoint)
        if refusal is not None:
            raise BadRequestDataError(f"push: {refusal}")
        browser = Browser(user, endpoint, keys, self._clock.now())
        others = [one for one in await self.of(user) if one.key != browser.key]
        if len(others) >= MOST:
            raise ConflictError(f"{user} has {MOST} browsers already", hint="take one out")
        body = msgspec.json.encode(browser)
        await self._store.put_documents([Document(KIND, browser.key, body)])

    async def remove(self, user: str, endpoint: str) -> None:
        """Forget a browser."""
        for one in await self.of(user):
            if one.endpoint == endpoint:
                await self._store.delete_documents(KIND, [one.key])

    async def send(self, notice: Notice, delivery: Delivery) -> None:
        """Send to every browser of a person; one that took it is enough.

        Raises:
            UndeliveredError: none took it.
        """
        browsers = await self.of(delivery.address)
        if not browsers:
            raise UndeliveredError(f"{delivery.address} has no browser that asked", lasting=True)
        failures: list[UndeliveredError] = []
        for browser in browsers:
            try:
                await self._send(notice, delivery, browser)
            except UndeliveredError as error:
                failures.append(error)
                if error.reason.endswith(_GONE):
                    await self._store.delete_documents(KIND, [browser.key])
        if len(failures) == len(browsers):
            reasons = "; ".join(one.reason for one in failures)
            raise UndeliveredError(reasons, lasting=all(one.lasting for one in failures))

    async def _send(self, notice: Notice, delivery: Delivery, browser: Browser) -> None:
        said = document(notice)
        body = msgspec.json.encode(said)
        while len(body) > LARGEST and said["text"]:
            said["text"] = said["text"][: len(said["text"]) // 2]
            said["alarms"] = said["alarms"][:1]
            body = msgspec.json.encode(said)
        now_s = self._clock.now() // SECOND
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(_LIFETIME_S),
            "Urgency": _URGENT[notice.priority],
            "Authorization": self.voucher.authorization(browser.endpoint, now_s),
        }
        message = Message(encrypt(body, browser.keys), headers)
        await self._sender.post(browser.endpoint, message, attempt=delivery.attempts + 1)
