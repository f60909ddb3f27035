"""Where a database is, as `kota serve --store` names it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from kota.errors import ConfigurationError

SCHEMES = ("postgresql", "postgres")
DEFAULT_SCHEMA = "kota"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_HINT = "write postgresql://USER@HOST:PORT/DATABASE"


class Address(msgspec.Struct, frozen=True):
    """A database and the schema in it that one town has for itself.

    Args:
        host, port, user, database: where to connect, and as whom.
        password: None: from ``PGPASSWORD`` or the password file, as `libpq` finds it.
        schema: holds the town's tables.
        sslmode: as `libpq` names it; None: its default.
    """

    host: str
    port: int
    user: str
    database: str
    password: str | None = None
    schema: str = DEFAULT_SCHEMA
    sslmode: str | None = None

    def __str__(self) -> str:
        """The address without its password, for people and for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        shown = f"postgresql://{self.user}@{host}:{self.port}/{self.database}"
        return shown if self.schema == DEFAULT_SCHEMA else f"{shown}?schema={self.schema}"


def is_address(text: str) -> bool:
    """Whether a text names a database, not a folder.

    >>> is_address("postgresql://kota@127.0.0.1/town"), is_address("/srv/town")
    (True, False)
    """
    return text.partition("://")[0] in SCHEMES


def parse(text: str, *, where: str = "store") -> Address:
    """Read an address.

    Args:
        text: ``postgresql://USER@HOST:PORT/DATABASE``, with ``?schema=NAME`` where one database
            holds several towns, and ``&sslmode=require`` where the way to it is not safe.
        where: names the setting in the error.

    Raises:
        ConfigurationError: it is none; says which part.

    >>> str(parse("postgresql://kota:secret@127.0.0.1:5433/town"))
    'postgresql://kota@127.0.0.1:5433/town'
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"{where}: {error}", hint=_HINT) from error
    shown = text.rpartition("@")[2] if "@" in text else text
    if parts.scheme not in SCHEMES:
        raise ConfigurationError(f"{where} {shown!r}: not a database", hint=_HINT)
    named = {"user": parts.username, "host": parts.hostname, "database": parts.path.strip("/")}
    for name, given in named.items():
        if not given or "\0" in unquote(given):
            raise ConfigurationError(f"{where} {shown!r}: names no {name}", hint=_HINT)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    schema = options.pop("schema", DEFAULT_SCHEMA)
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise ConfigurationError(
            f"{where}: schema {schema!r} is no name", hint="use lower-case letters, digits and _"
        )
    sslmode = options.pop("sslmode", None)
    if options:
        raise ConfigurationError(
            f"{where}: {', '.join(sorted(options))} is not known", hint="use schema and sslmode"
        )
    return Address(
        host=unquote(parts.hostname or ""),
        port=port or 5432,
        user=unquote(parts.username or ""),
        database=unquote(named["database"] or ""),
        password=None if parts.password is None else unquote(parts.password),
        schema=schema,
        sslmode=sslmode,
    )
