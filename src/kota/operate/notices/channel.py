"""The ways to people, each a channel that says when a notice did not get through."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Final, Protocol

import msgspec

from kota.config import SmtpSettings
from kota.context.notification_sending import Sender, UndeliveredError
from kota.context.notification_writing import Message
from kota.errors import ConnectError
from kota.model.instant import SECOND, render
from kota.operate.notices.notice import Delivery, Notice

TIME_LIMIT_S: Final = 15.0


class Channel(Protocol):
    """Takes notices to people."""

    async def send(self, notice: Notice, delivery: Delivery) -> None:
        """Send; returns once it was taken.

        Raises:
            UndeliveredError: it was not; says why, and whether trying again is of use.
        """
        ...


def document(notice: Notice) -> dict[str, Any]:
    """A notice for programs."""
    return {
        "id": notice.id,
        "at": render(notice.at),
        "title": notice.title,
        "text": notice.text,
        "priority": notice.priority,
        "subject": notice.subject,
        "alarms": list(notice.alarms),
    }


class EmailChannel:
    """E-mail by SMTP.

    Args:
        settings: the server.
        town: the town's name, for the subject line.
        link: the dashboard's address.
    """

    def __init__(self, settings: SmtpSettings, town: str, link: str) -> None:
        self._settings = settings
        self._town = town
        self._link = link

    async def send(self, notice: Notice, delivery: Delivery) -> None:
        """Hand it to the server."""
        letter = self._letter(notice, delivery)
        try:
            await asyncio.to_thread(self._hand_over, letter)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise UndeliveredError(_answered(code, said), lasting=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            lasting = error.smtp_code >= 500
            raise UndeliveredError(
                _answered(error.smtp_code, error.smtp_error), lasting=lasting
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            where = f"{self._settings.host}:{self._settings.port}"
            raise UndeliveredError(f"{where}: {error or type(error).__name__}") from error

    def _letter(self, notice: Notice, delivery: Delivery) -> EmailMessage:
        letter = EmailMessage()
        title = " ".join(notice.title.split())
        letter["Subject"] = f"[{self._town}] {notice.priority}: {title}"
        letter["From"] = self._settings.sender
        letter["To"] = delivery.address
        letter["Date"] = formatdate(notice.at / SECOND)
        letter["Message-ID"] = (
            f"<{notice.id}.{delivery.turn}.{delivery.contact.encode().hex()}@kota>"
        )
        letter["Auto-Submitted"] = "auto-generated"
        parts = [notice.text, "", f"About: {notice.subject}" if notice.subject else "", self._link]
        letter.set_content("\n".join(part for part in parts if part is not None))
        return letter

    def _hand_over(self, letter: EmailMessage) -> None:
        given = self._settings
        context = ssl.create_default_context()
        if given.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                given.host, given.port, timeout=TIME_LIMIT_S, context=context
            )
        else:
            server = smtplib.SMTP(given.host, given.port, timeout=TIME_LIMIT_S)
        with server:
            if given.security == "starttls":
                server.starttls(context=context)
            if given.user is not None:
                server.login(given.user, given.password())
            server.send_message(letter)


class WebhookChannel:
    """JSON to a service over HTTP; its host must be allowed.

    Args:
        sender: holds the connections and the rule.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def send(self, notice: Notice, delivery: Delivery) -> None:
        """Post it."""
        headers = {"Content-Type": "application/json", "Kota-Notice": notice.id}
        body = msgspec.json.encode({**document(notice), "contact": delivery.contact})
        await self._sender.post(
            delivery.address, Message(body, headers), attempt=delivery.attempts + 1
        )


Publish = Callable[[str, bytes], Awaitable[None]]


class MqttChannel:
    """JSON to a topic of the town's broker.

    Args:
        publish: returns when the broker has it; None: the town has no broker.
    """

    def __init__(self, publish: Publish | None) -> None:
        self._publish = publish

    async def send(self, notice: Notice, delivery: Delivery) -> None:
        """Publish it."""
        if self._publish is None:
            raise UndeliveredError("the town has no MQTT broker; name one in `mqtt`", lasting=True)
        body = msgspec.json.encode({**document(notice), "contact": delivery.contact})
        try:
            await self._publish(delivery.address, body)
        except ConnectError as error:
            raise UndeliveredError(str(error)) from error


class NoChannel:
    """A way that is not set up.

    Args:
        reason: what is missing.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def send(self, notice: Notice, delivery: Delivery) -> None:  # noqa: ARG002
        """Say so."""
        raise UndeliveredError(self._reason, lasting=True)


def _answered(code: int, said: bytes | str) -> str:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"the mail server answered {code} {' '.join(words.split())}"
