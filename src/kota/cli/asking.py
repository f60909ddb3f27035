"""Asks the Kota that owns a data folder; where none runs, one is opened for the question."""

from __future__ import annotations

import asyncio
import contextlib
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

import msgspec

from kota.access.sealing import OWNER_FILE
from kota.config import TENANTS
from kota.errors import ConnectError, KotaError
from kota.store.ownership import LOCK_NAME, owner_of

DEFAULT_DATA: Final = Path("kota-data")
PATIENCE_S: Final = 3600
TOKEN_VARIABLE: Final = "KOTA_TOKEN"
TENANT_VARIABLE: Final = "KOTA_TENANT"
_TENANT: Final = "NGSILD-Tenant"


class Answer(msgspec.Struct, frozen=True):
    """What came back: headers by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body.

        Raises:
            KotaError: the answer is an error; says what the server said.
        """
        if self.status >= 400:
            raise KotaError(_reason(self))
        return msgspec.json.decode(self.body) if self.body else None


def ask(
    method: str,
    path: str,
    *,
    data: Path,
    server: str | None = None,
    body: Any = None,
    link: str | None = None,
    tenant: str | None = None,
) -> Answer:
    """Send one request.

    Args:
        method, path: of the request, the path with its query.
        data: the data folder.
        server: address of a Kota, ``http://HOST:PORT``; None: whoever owns the data.
        body: sent as JSON, unless None.
        link: value of a Link header.
        tenant: whose data is meant; None: what the variable ``KOTA_TENANT`` names, or the default.

    Raises:
        ConnectError: the server does not answer.
        StoreError: there is no data, or it is damaged.
    """
    data, tenant = whole(data, tenant)
    if server is None:
        owner = owner_of(data)
        server = owner.url if owner is not None and owner.url else None
    headers = tenancy(tenant) | ({} if link is None else {"Link": link})
    content = None if body is None else msgspec.json.encode(body)
    if content is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    if server is not None:
        headers |= credentials(data)
        return _over_http(method, server.rstrip("/") + path, headers, content)
    if not data.is_dir():
        raise ConnectError(
            f"no Kota runs on {data}, and there is no such folder",
            hint="name the data folder with --data or a server with --server",
        )
    return asyncio.run(_opened(method, path, data, headers, content))


def whole(data: Path, tenant: str | None = None) -> tuple[Path, str | None]:
    """The data folder of the whole Kota, and the tenant: of a tenant's own folder its name.

    >>> whole(Path("town/tenants/mall")), whole(Path("town"), "mall")
    ((PosixPath('town/tenants/mall'), None), (PosixPath('town'), 'mall'))
    """
    top = data.parent.parent
    if tenant is None and data.parent.name == TENANTS and (top / LOCK_NAME).exists():
        return top, data.name
    return data, tenant


def tenancy(tenant: str | None = None) -> dict[str, str]:
    """The header that says whose data is meant, where that is not the default tenant's."""
    named = tenant or os.environ.get(TENANT_VARIABLE)
    return {_TENANT: named} if named else {}


def credentials(data: Path) -> dict[str, str]:
    """The header that says who asks: by the token in ``KOTA_TOKEN``, else as the data's owner."""
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        with contextlib.suppress(OSError):
            token = (data / OWNER_FILE).read_text().strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _over_http(method: str, url: str, headers: dict[str, str], content: bytes | None) -> Answer:
    if not url.startswith(("http://", "https://")):
        raise ConnectError(f"{url} is not an address", hint="write it as http://HOST:PORT")
    request = urllib.request.Request(url, data=content, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
            named = {name.lower(): value for name, value in reply.headers.items()}
            return Answer(reply.status, named, reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, {}, error.read())
    except (urllib.error.URLError, OSError) as error:
        raise ConnectError(f"{url}: {getattr(error, 'reason', error)}") from error


async def _opened(
    method: str, path: str, data: Path, headers: dict[str, str], content: bytes | None
) -> Answer:
    from kota.api.app import application
    from kota.config import Settings
    from kota.runtime import opened

    async with opened(Settings(data=data, port=0, auth="none", solutions=())) as kota:
        return await _call(application(kota), method, path, headers, content)


async def _call(
    app: Any, method: str, path: str, headers: dict[str, str], content: bytes | None
) -> Answer:
    """One request to an ASGI application in this process."""
    pure, _, query = path.partition("?")
    sent = {"host": "localhost", **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": pure,
        "raw_path": pure.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
    started: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content or b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    named = {n.decode().lower(): v.decode() for n, v in started.get("headers", ())}
    return Answer(int(started["status"]), named, b"".join(parts))


def _reason(answer: Answer) -> str:
    try:
        problem = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return f"the server answered {answer.status}"
    title, detail = problem.get("title"), problem.get("detail")
    return str(detail or title or f"the server answered {answer.status}")
