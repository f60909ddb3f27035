"""Where Kota may call out to: the loopback interface, and hosts that its settings name.

A JSON-LD context or a notification endpoint is an address that a stranger hands in; without a
rule, Kota would fetch from inside the city's network on that stranger's behalf.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

_SCHEMES = ("http", "https")


class Outgoing:
    """Decides by address alone, so that no name is looked up for a host that is not allowed.

    Args:
        allow_hosts: names (``context.town.org``), names with a leading wildcard (``*.town.org``),
            IP addresses, networks (``10.0.0.0/8``, which allows addresses written as numbers),
            or ``*`` for any host.

    Example:
        >>> rule = Outgoing(["*.town.org", "10.0.0.0/8"])
        >>> rule.refusal("http://localhost:8080/a"), rule.refusal("http://10.1.2.3/notify")
        (None, None)
        >>> rule.refusal("https://data.town.org/context.jsonld") is None
        True
        >>> rule.refusal("http://169.254.169.254/")
        "host '169.254.169.254' is not allowed; name it in allow_hosts"
    """

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        hosts = [host.strip().lower() for host in allow_hosts]
        self._any = "*" in hosts
        self._networks = [ip_network(host, strict=False) for host in hosts if _is_network(host)]
        self._suffixes = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._names = frozenset(hosts)

    def refusal(self, address: str, *, schemes: tuple[str, ...] = _SCHEMES) -> str | None:
        """Why `address` may not be called, or None where it may.

        Args:
            address: whom to call.
            schemes: in which ways it may be called.
        """
        parts = _split(address)
        if parts is None or parts.scheme not in schemes or not parts.hostname:
            return f"{address!r} is not an {' or '.join(schemes)} address"
        host = parts.hostname.rstrip(".")
        if self._any or host == "localhost" or host in self._names:
            return None
        number = _ip(host)
        if number is None and host.endswith(self._suffixes):
            return None
        if number is not None and (number.is_loopback or self._in_network(number)):
            return None
        return f"host {host!r} is not allowed; name it in allow_hosts"

    def _in_network(self, number: IPv4Address | IPv6Address) -> bool:
        return any(number in network for network in self._networks)


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        number = ip_address(host)
    except ValueError:
        return None
    mapped = getattr(number, "ipv4_mapped", None)
    return mapped if mapped is not None else number


def _is_network(host: str) -> bool:
    try:
        ip_network(host, strict=False)
    except ValueError:
        return False
    return True
