"""Notices reach real servers: SMTP, HTTP, Mosquitto, and a push service that decrypts."""

from __future__ import annotations

import asyncio
import email
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import gmqtt
import msgspec
import pytest
from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from benchmarks.processes import free_port, mosquitto
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kota.config import Settings, SmtpSettings
from kota.operate.notices.notice import Notice
from kota.operate.notices.web_push import Keys
from kota.runtime import Kota, opened

PLAN = """\
[[contact]]
name = "siti"
email = "siti@town.example"
[[contact]]
name = "hook"
webhook = "{url}/hook"
[[contact]]
name = "board"
mqtt = "kota/notices/board"
[[contact]]
name = "operator"
push = true
[[contact]]
name = "outside"
webhook = "http://169.254.169.254/latest"
"""


class Mailbox:
    """Takes letters, refuses one address and asks to wait for another."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answers: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Keep a letter, unless told otherwise."""
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        self.letters.append(email.message_from_bytes(envelope.content))
        return "250 kept"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


class Receiver:
    """A web server that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        """Keep a request."""
        self.got.append((request.path, dict(request.headers), await request.read()))
        return web.Response(status=self.status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    app = web.Application()
    app.router.add_post("/{rest:.*}", found.take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    found.url = f"http://127.0.0.1:{port}"
    yield found
    await runner.cleanup()


@pytest.fixture
async def kota(
    tmp_path: Path, mailbox: tuple[Mailbox, int], receiver: Receiver
) -> AsyncIterator[Kota]:
    data = tmp_path / "data"
    (data / "notices").mkdir(parents=True)
    (data / "notices" / "plan.toml").write_text(PLAN.format(url=receiver.url))
    smtp = SmtpSettings(
        host="127.0.0.1", port=mailbox[1], sender="kota@town.example", security="none"
    )
    async with opened(Settings(data=data, auth="none", solutions=(), smtp=smtp)) as rooms:
        yield rooms


async def told(kota: Kota, to: str, title: str = "Tank is low") -> Notice:
    """Tell somebody, and wait until everything was tried."""
    key = await kota.operation.notices.tell(
        f"test:{to}:{title}", to, title=title, text="Start a pump.", priority="high"
    )
    for _ in range(100):
        found = kota.operation.notices.get(key)
        if found.deliveries and all(one.attempts for one in found.deliveries):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(found)


async def test_email_when_sent_then_the_server_has_it(
    kota: Kota, mailbox: tuple[Mailbox, int]
) -> None:
    notice = await told(kota, "siti")
    assert [one.state for one in notice.deliveries] == ["sent"]
    (letter,) = mailbox[0].letters
    assert letter["Subject"] == "[Kota] high: Tank is low"
    assert (letter["To"], letter["From"]) == ("siti@town.example", "kota@town.example")
    assert "Start a pump." in letter.get_payload()
    assert notice.id in letter["Message-ID"]


async def test_email_when_a_title_holds_a_header_then_it_stays_a_title(
    kota: Kota, mailbox: tuple[Mailbox, int]
) -> None:
    notice = await told(kota, "siti", "low\r\nBcc: all@elsewhere.example")
    assert notice.deliveries[0].state == "sent"
    (letter,) = mailbox[0].letters
    assert letter["Bcc"] is None
    assert "Bcc: all@elsewhere.example" in letter["Subject"]


@pytest.mark.parametrize(("answer", "state"), [("451 later", "waiting"), ("554 never", "failed")])
async def test_email_when_the_server_refuses_then_its_words_are_shown(
    kota: Kota, mailbox: tuple[Mailbox, int], answer: str, state: str
) -> None:
    mailbox[0].answers.append(answer)
    (delivery,) = (await told(kota, "siti")).deliveries
    assert delivery.state == state
    assert delivery.reason == f"the mail server answered {answer}"


async def test_webhook_when_sent_then_it_is_json_with_its_notice(
    kota: Kota, receiver: Receiver
) -> None:
    notice = await told(kota, "hook")
    ((path, headers, body),) = receiver.got
    said = json.loads(body)
    assert (path, headers["Kota-Notice"]) == ("/hook", notice.id)
    assert (said["title"], said["contact"]) == ("Tank is low", "hook")


async def test_webhook_when_its_host_is_not_allowed_then_nothing_leaves(kota: Kota) -> None:
    (delivery,) = (await told(kota, "outside")).deliveries
    assert delivery.state == "failed"
    assert "is not allowed; name it in allow_hosts" in delivery.reason


async def test_mqtt_when_there_is_no_broker_then_it_says_so(kota: Kota) -> None:
    (delivery,) = (await told(kota, "board")).deliveries
    assert (delivery.state, "no MQTT broker" in delivery.reason) == ("failed", True)


@pytest.mark.broker
async def test_mqtt_when_sent_then_a_subscriber_of_mosquitto_has_it(tmp_path: Path) -> None:
    got: asyncio.Queue[bytes] = asyncio.Queue()
    with mosquitto(tmp_path / "broker") as (_, port):
        listener: Any = gmqtt.Client("board")

        def take(_c: Any, _t: str, payload: bytes, *_: Any) -> int:
            got.put_nowait(payload)
            return 0

        listener.on_message = take
        await listener.connect("127.0.0.1", port)
        listener.subscribe("kota/notices/#", qos=1)
        data = tmp_path / "data"
        (data / "notices").mkdir(parents=True)
        (data / "notices" / "plan.toml").write_text(PLAN.format(url="http://127.0.0.1:1"))
        settings = Settings(data=data, auth="none", solutions=(), mqtt=f"mqtt://127.0.0.1:{port}")
        async with opened(settings) as kota:
            for _ in range(100):
                if kota.mqtt is not None and kota.mqtt.health.state == "connected":
                    break
                await asyncio.sleep(0.05)
            (delivery,) = (await told(kota, "board")).deliveries
            assert (delivery.state, delivery.reason) == ("sent", "")
            said = json.loads(await asyncio.wait_for(got.get(), 5))
            assert said["title"] == "Tank is low"
        await listener.disconnect()


class Browser:
    """The other end of Web Push, written from the RFCs apart from Kota's code."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"sixteen bytes!!!"

    @property
    def point(self) -> bytes:
        """The public key, uncompressed."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    @property
    def keys(self) -> Keys:
        """What it hands out."""
        both = (urlsafe_b64encode(one).rstrip(b"=").decode() for one in (self.point, self.secret))
        return Keys(*both)

    def open(self, body: bytes) -> bytes:
        """Decrypt a message."""
        salt, size = body[:16], body[20]
        theirs, sealed = body[21 : 21 + size], body[21 + size :]
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), peer)

        def derive(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
            return HKDF(hashes.SHA256(), length, salt, info).derive(key)

        ikm = derive(self.secret, shared, b"WebPush: info\0" + self.point + theirs, 32)
        key = derive(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(salt, ikm, b"Content-Encoding: nonce\0", 12)
        return AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x02")


async def test_push_when_sent_then_the_browser_alone_can_read_it(
    kota: Kota, receiver: Receiver
) -> None:
    browser = Browser()
    browsers = kota.operation.browsers
    await browsers.add("operator", f"{receiver.url}/push/1", browser.keys)
    (delivery,) = (await told(kota, "operator")).deliveries
    assert (delivery.state, delivery.reason) == ("sent", "")
    ((_, headers, body),) = receiver.got
    assert (headers["Content-Encoding"], headers["Urgency"]) == ("aes128gcm", "high")
    assert int(headers["TTL"]) > 0
    assert headers["Authorization"].startswith("vapid t=")
    assert b"Tank" not in body
    assert msgspec.json.decode(browser.open(body))["title"] == "Tank is low"


async def test_push_when_the_browser_is_gone_then_it_is_forgotten(
    kota: Kota, receiver: Receiver
) -> None:
    await kota.operation.browsers.add("operator", f"{receiver.url}/push/1", Browser().keys)
    receiver.status = 410
    (delivery,) = (await told(kota, "operator")).deliveries
    assert delivery.state == "failed"
    assert await kota.operation.browsers.of("operator") == []
    (delivery,) = (await told(kota, "operator", "again")).deliveries
    assert "has no browser that asked" in delivery.reason
