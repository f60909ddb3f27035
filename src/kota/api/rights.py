"""Which right each path asks for, in one table; what is not in it is refused."""

from __future__ import annotations

import re
from typing import Final

import msgspec

_PART: Final = {"{}": "[^/]+", "{...}": ".+"}
_CHANGES: Final = "POST PUT PATCH DELETE"


class Need(msgspec.Struct, frozen=True):
    """What a request asks for.

    Args:
        right: of the core; None: it is open to everybody.
        somewhere: whether the right in some area is enough, since what is shown is narrowed to it.
    """

    right: str | None
    somewhere: bool = False


OPEN: Final = Need(None)
_ANY: Final = "GET POST PUT PATCH DELETE"

_TABLE: Final[tuple[tuple[str, str, Need], ...]] = (
    ("GET", "/api/v1/session", OPEN),
    ("GET", "/api/v1/session/oidc", OPEN),
    ("GET", "/api/v1/session/oidc/back", OPEN),
    (_CHANGES, "/api/v1/session", OPEN),
    (_CHANGES, "/api/v1/session/{}", OPEN),
    ("GET", "/api/v1/town", Need("panels.read", True)),
    ("GET", "/api/v1/phrases/{}", Need("panels.read", True)),
    ("GET", "/api/v1/basemap", Need("panels.read", True)),
    ("GET", "/api/v1/basemap/{...}", Need("panels.read", True)),
    ("GET", "/api/v1/solutions", Need("panels.read", True)),
    (_ANY, "/api/v1/solutions/{}/{...}", Need("panels.read", True)),
    ("GET", "/api/v1/boards", Need("panels.read", True)),
    ("PUT DELETE", "/api/v1/boards/{}", Need("panels.read", True)),
    ("GET", "/api/v1/types", Need("entities.read", True)),
    ("GET", "/api/v1/map", Need("entities.read", True)),
    ("GET", "/api/v1/map/past", Need("entities.read", True)),
    ("GET", "/api/v1/search", Need("entities.read", True)),
    ("GET", "/api/v1/entities/{...}", Need("entities.read", True)),
    ("GET", "/api/v1/history", Need("entities.read", True)),
    ("GET", "/api/v1/history.csv", Need("entities.read", True)),
    ("GET", "/api/v1/live", Need("entities.read", True)),
    ("GET", "/api/v1/alarms/report", Need("alarms.read")),
    ("GET", "/api/v1/alarms", Need("alarms.read", True)),
    ("GET", "/api/v1/alarms/{...}", Need("alarms.read", True)),
    ("POST", "/api/v1/alarms/definitions/reload", Need("alarms.service")),
    ("POST", "/api/v1/alarms/{...}/out-of-service", Need("alarms.service", True)),
    ("POST", "/api/v1/alarms/{...}/in-service", Need("alarms.service", True)),
    ("POST", "/api/v1/alarms/{...}", Need("alarms.act", True)),
    ("GET", "/api/v1/actuators", Need("entities.read", True)),
    ("GET", "/api/v1/actuators/{...}", Need("entities.read", True)),
    ("PUT", "/api/v1/actuators/{...}/mode", Need("modes.set", True)),
    ("GET", "/api/v1/commands", Need("entities.read", True)),
    ("GET", "/api/v1/commands/{...}", Need("entities.read", True)),
    ("POST", "/api/v1/commands", Need("commands.request", True)),
    ("POST", "/api/v1/commands/{...}/approve", Need("commands.approve", True)),
    ("POST", "/api/v1/commands/{...}/cancel", Need("commands.request", True)),
    ("POST", "/api/v1/commands/{...}/undo", Need("commands.request", True)),
    ("GET", "/api/v1/rules", Need("alarms.read", True)),
    ("GET", "/api/v1/rules/{...}", Need("alarms.read", True)),
    ("POST", "/api/v1/rules/load", Need("rules.manage")),
    ("POST", "/api/v1/rules/test", Need("rules.manage")),
    ("GET", "/api/v1/work", Need("entities.read", True)),
    ("GET", "/api/v1/work/{...}", Need("entities.read", True)),
    ("POST", "/api/v1/work", Need("orders.manage", True)),
    ("POST", "/api/v1/work/{}/{...}", Need("orders.manage", True)),
    ("GET", "/api/v1/notices", Need("alarms.act", True)),
    ("GET", "/api/v1/notices/contacts", Need("alarms.act", True)),
    ("POST", "/api/v1/notices", Need("alarms.act")),
    ("POST", "/api/v1/notices/reload", Need("rules.manage")),
    ("POST", "/api/v1/notices/{}/acknowledge", Need("alarms.act", True)),
    ("POST", "/api/v1/notices/{}/retry", Need("letters.manage")),
    ("GET POST DELETE", "/api/v1/push", Need("alarms.read", True)),
    ("GET POST", "/api/v1/retention", Need("subjects.manage")),
    ("GET", "/api/v1/subjects/{}", Need("subjects.manage")),
    ("POST", "/api/v1/subjects/{}/erase", Need("subjects.manage")),
    ("GET", "/api/v1/audit", Need("audit.read")),
    ("GET", "/api/v1/audit/export", Need("audit.read")),
    ("POST", "/api/v1/audit/seal", Need("audit.read")),
    ("GET", "/api/v1/health", Need("health.read")),
    ("GET DELETE", "/api/v1/letters", Need("letters.manage")),
    ("POST DELETE", "/api/v1/letters/{...}", Need("letters.manage")),
    ("GET POST DELETE", "/api/v1/devices/keys", Need("devices.manage")),
    ("GET POST", "/api/v1/devices", Need("devices.manage")),
    ("POST", "/api/v1/devices/{}/{}", Need("devices.manage")),
    ("POST", "/api/v1/observations", Need("observations.write", True)),
    ("POST", "/api/v1/backups", Need("backups.make")),
    ("POST", "/api/v1/exports", Need("data.export")),
    ("GET", "/api/v1/demo", Need("panels.read", True)),
    ("POST", "/api/v1/demo", Need("demo.steer")),
    ("GET", "/api/v1/tenants", Need("panels.read", True)),
    ("POST", "/api/v1/tenants", Need("tenants.manage")),
    ("PUT", "/api/v1/tenants/{}/quota", Need("tenants.manage")),
    ("DELETE", "/api/v1/tenants/{}", Need("tenants.manage")),
    ("GET", "/api/v1/portfolio", Need("panels.read", True)),
    (_ANY, "/api/v1/users", Need("users.manage")),
    (_ANY, "/api/v1/users/{...}", Need("users.manage")),
    (_ANY, "/api/v1/tokens", Need("users.manage")),
    (_ANY, "/api/v1/tokens/{}", Need("users.manage")),
    ("GET", "/openapi.json", Need("panels.read", True)),
    ("GET", "/metrics", Need("health.read")),
    ("GET", "/healthz", OPEN),
    ("GET", "/readyz", OPEN),
)


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{(?:\.\.\.)?\})", pattern)
    return re.compile("".join(_PART.get(part, re.escape(part)) for part in parts))


_RULES: Final = tuple(
    (frozenset(methods.split()), _compiled(pattern), need) for methods, pattern, need in _TABLE
)
_GUARDED: Final = ("/api/", "/openapi.json", "/metrics", "/ngsi-ld")
"""What is below these is data; anything else is the dashboard's own files, which hold none."""


def need_of(method: str, path: str) -> Need | None:
    """What a request to one of the pages asks for; None: nothing covers it, so nobody may.

    >>> need_of("GET", "/api/v1/town"), need_of("GET", "/api/v1/secrets")
    (Need(right='panels.read', somewhere=True), None)
    >>> need_of("GET", "/assets/index.js") is OPEN
    True
    """
    asked = "GET" if method in ("HEAD", "OPTIONS") else method
    plain = path.rstrip("/") or "/"
    for methods, pattern, need in _RULES:
        if asked in methods and pattern.fullmatch(plain):
            return need
    return None if path.startswith(_GUARDED) else OPEN
