"""Web Push in a real browser, whose push service is one of the test's: on, told, touched, off."""

from __future__ import annotations

import json
import threading
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from benchmarks.processes import kota
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, expect

from .conftest import Opened

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PLAN = '[[contact]]\nname = "operator"\npush = true\n'
STUB = """
const kept = () => JSON.parse(localStorage.getItem("subscription") ?? "null");
const given = (said) => said && {
  endpoint: said.endpoint,
  toJSON: () => said,
  unsubscribe: async () => { localStorage.removeItem("subscription"); return true; },
};
PushManager.prototype.getSubscription = async () => given(kept());
PushManager.prototype.subscribe = async (options) => {
  localStorage.setItem("asked", JSON.stringify(options));
  localStorage.setItem("subscription", JSON.stringify(SUBSCRIPTION));
  return given(kept());
};
"""
"""A browser without a push service of its own refuses to subscribe; all else is the browser's."""


@contextmanager
def push_service() -> Iterator[tuple[list[tuple[dict[str, str], bytes]], int]]:
    """Takes messages; yields those that came, and its port."""
    came: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append(({name.lower(): one for name, one in self.headers.items()}, body))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield came, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def decrypted(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """A message as a browser reads it (RFC 8291, section 3; RFC 8188, section 2)."""
    salt, sender, sealed = body[:16], body[21:86], body[86:]
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
    own = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = private.exchange(ec.ECDH(), theirs)
    seed = derived(shared, auth, b"WebPush: info\0" + own + sender, 32)
    key = derived(seed, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = derived(seed, salt, b"Content-Encoding: nonce\0", 12)
    return AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0").removesuffix(b"\2")


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def ask(url: str, path: str, body: Any = None) -> Any:
    """One request to the server, past the browser."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url + path, content, headers)) as answer:
        return json.loads(answer.read())


def delivered(page: Page, message: str) -> list[str]:
    """Hand a message to the page's worker as the browser would; titles of what it shows."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    told = {"origin": page.url.rsplit("/work", 1)[0], "registrationId": found[0], "data": message}
    session.send("ServiceWorker.deliverPushMessage", told)
    page.wait_for_function(
        "async () => (await (await navigator.serviceWorker.ready).getNotifications()).length > 0"
    )
    return list(
        page.evaluate(
            "async () => (await (await navigator.serviceWorker.ready).getNotifications())"
            ".map((one) => `${one.title}: ${one.body}`)"
        )
    )


def test_browser_when_it_asks_to_be_told_then_it_is_until_it_asks_no_more(
    tmp_path: Path, open_page: Opened
) -> None:
    data = tmp_path / "town"
    (data / "notices").mkdir(parents=True)
    (data / "notices" / "plan.toml").write_text(PLAN)
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = bytes(range(16))
    with push_service() as (came, port), kota(data, "--auth", "none") as (_, url):
        keys = {"p256dh": b64(public), "auth": b64(secret)}
        subscription = {"endpoint": f"http://127.0.0.1:{port}/push/1", "keys": keys}
        script = STUB.replace("SUBSCRIPTION", json.dumps(subscription))
        page = open_page(url, "/work?view=notices", script=script, permissions=["notifications"])
        page.get_by_role("button", name="Tell this browser", exact=True).click()
        off = page.get_by_role("button", name="Tell this browser no more")
        expect(off).to_be_visible()
        assert ask(url, "/api/v1/push")["browsers"] == 1
        asked = json.loads(page.evaluate("localStorage.getItem('asked')"))
        assert asked == {
            "userVisibleOnly": True,
            "applicationServerKey": ask(url, "/api/v1/push")["key"],
        }
        said = {"to": "operator", "title": "Tank is low", "text": "1.25 m", "priority": "high"}
        ask(url, "/api/v1/notices", said)
        for _ in range(100):
            if came:
                break
            page.wait_for_timeout(100)
        ((headers, body),) = came
        assert headers["content-encoding"] == "aes128gcm"
        message = decrypted(body, private, secret)
        assert json.loads(message)["title"] == "Tank is low"
        assert delivered(page, message.decode()) == ["Tank is low: 1.25 m"]
        page.reload()
        off.click()
        expect(page.get_by_role("button", name="Tell this browser", exact=True)).to_be_visible()
        assert ask(url, "/api/v1/push")["browsers"] == 0
