"""By which names this server may be called.

A page in the operator's browser can point a name of its own at this machine's address and then
read and write here as if it came from here (DNS rebinding). The Host header gives it away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kota.config import LOOPBACK

if TYPE_CHECKING:
    from starlette.types import Scope

_REMEMBERED = 1_000


class Hosts:
    """Knows the names of this server; the port does not matter.

    Args:
        names: besides those of the loopback interface.

    >>> hosts = Hosts(["kota.town.example"])
    >>> [hosts.knows(host) for host in (b"localhost:9090", b"[::1]", b"evil.example:9090")]
    [True, True, False]
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = LOOPBACK | {name.lower() for name in names}
        self._seen: dict[bytes, bool] = {}

    def own(self, scope: Scope) -> bool:
        """Whether a request calls this server by a name of its own, or by none."""
        for name, value in scope["headers"]:
            if name == b"host":
                return self.knows(value)
        return True

    def knows(self, host: bytes) -> bool:
        """Whether the value of a Host header is a name of this server."""
        known = self._seen.get(host)
        if known is None:
            known = _name(host.decode("latin-1")) in self._names
            if len(self._seen) < _REMEMBERED:
                self._seen[host] = known
        return known


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
