"""Addresses of MQTT brokers."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec

from kota.errors import ConfigurationError


class BrokerUrl(msgspec.Struct, frozen=True):
    """Where a broker is: ``mqtt://[user:password@]host[:port]``, or ``mqtts`` for TLS."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = None

    @property
    def shown(self) -> str:
        """The address without the password."""
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def parse_url(text: str) -> BrokerUrl:
    """Read a broker's address.

    Raises:
        ConfigurationError: it is none.

    >>> parse_url("mqtt://localhost").port
    1883
    """
    try:
        parts = urlsplit(text if "://" in text else f"mqtt://{text}")
        port = parts.port
    except ValueError as error:
        raise _no_url(text) from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise _no_url(text)
    tls = parts.scheme == "mqtts"
    return BrokerUrl(
        parts.hostname,
        port or (8883 if tls else 1883),
        tls,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


def _no_url(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"{text!r} is not the address of a broker", hint="write mqtt://HOST:PORT"
    )
