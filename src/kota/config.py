"""One typed configuration, from a TOML file and from the command line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kota.errors import ConfigurationError

DEFAULT_PORT = 9090
SOLUTIONS = "solutions"
"""Folder of the data folder in which each solution has its own."""
RULES, NOTICES, WORK = "rules", "notices", "work"
"""Folders of the data folder with the town's rules, who is told, and photos of work."""
TENANTS = "tenants"
"""Folder of a data folder, and of a backup, in which each tenant has its own."""
ALARMS = "alarms"
"""Folder of a tenant's data folder with its definitions of alarms."""
_SCHEMES = ("https://", "http://")
AUDIT_KEY = "audit.key"
"""File of the data folder with the key that seals the audit."""
ERASED, ERASED_PENDING = "erased.json", "erased.pending.json"
"""Files of the data folder with digests of what was erased, in no backup: what a restored one
brings back is erased at the next start."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider of OpenID Connect, and what its claims give.

    Args:
        issuer: its address, as its tokens name it.
        client_id: of Kota there.
        client_secret_file: file with the secret; None: Kota is a public client.
        title: on the button of the sign-in page.
        scopes: what is asked for.
        name_claim: claim that holds the name on the screen.
        audience: that bearer tokens of services must name; None: `client_id`.
        grants: what is given to whom.
    """

    issuer: str
    client_id: str
    client_secret_file: Path | None = None
    title: str = "Single sign-on"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "name"
    audience: str | None = None
    grants: tuple[OidcGrant, ...] = ()


class OidcGrant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What whoever has a claim is given.

    Args:
        claim: its name, with dots into objects: ``realm_access.roles``.
        value: that it has, or that is in its list.
        role, tenant, below, areas, solutions, purposes: as in a grant.
    """

    claim: str
    value: str
    role: str
    tenant: str = "city"
    below: bool = False
    areas: tuple[str, ...] = ()
    solutions: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long something is kept.

    Args:
        type: short name of the entities that it is about.
        keep_days: what is older is forgotten, in state and in history [days].
        purpose: what it is kept for, in words; it stands in the audit.
        attributes: short names; empty: all.
    """

    type: str
    keep_days: float
    purpose: str
    attributes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.keep_days <= 36_525:
            raise ConfigurationError(
                f"retention of {self.type}: keep_days {self.keep_days:g} is not a time",
                hint="use more than 0",
            )
        if not self.purpose.strip():
            raise ConfigurationError(f"retention of {self.type}: say the purpose in words")


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server that takes e-mail.

    Args:
        host, port: where it is.
        sender: address that notices come from.
        security: ``starttls``, ``tls``, or ``none`` on this machine.
        user: to sign in with; None: it asks for none.
        password_file: file with the password.
    """

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password_file: Path | None = None

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in LOOPBACK:
            raise ConfigurationError(
                f"smtp.security: e-mail to {self.host} would travel in the clear",
                hint='use "starttls" or "tls"',
            )
        if (self.user is None) is not (self.password_file is None):
            raise ConfigurationError("smtp: give user and password_file, or neither")

    def password(self) -> str:
        """The password.

        Raises:
            OSError: the file cannot be read.
        """
        assert self.password_file is not None
        return self.password_file.read_text().strip()


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one Kota is to run.

    Args:
        data: folder of the town: the embedded store, and its rules, keys and photos.
        store: database for state and history, ``postgresql://USER@HOST:PORT/DATABASE``; None: the
            one that the folder names, or the embedded store.
        host, port: where it listens.
        title: the town's name on the dashboard.
        timezone: IANA name of the town's zone: the dashboard shows times in it, and solutions
            take hours and holidays of it. Where None, the dashboard takes the viewer's own.
        mqtt: broker to take observations from, ``mqtt://HOST:PORT``.
        mqtt_control: the same broker with the administrator of Mosquitto's dynamic security
            plugin, so that Kota lets devices in there; None: it does not.
        profiles: device profiles, TOML files.
        alarms: alarm definitions, TOML files or folders of them.
        actuators: definitions of what can be commanded, likewise.
        rules: rules, likewise, besides those of the folder ``rules`` of the data.
        notices: contacts, chains and routes of notices, likewise (folder ``notices``).
        smtp: the server that takes e-mail; None: there is none.
        retention: how long what is kept, by type and purpose; everything else stays.
        modbus: devices over Modbus TCP, a TOML file each.
        opcua: servers over OPC UA, a TOML file each.
        server_names: further names by which requests may call this server, behind a proxy.
        auth: ``local``: accounts of this town; ``oidc``: besides them, whoever a provider knows;
            ``none``: everybody may do everything, so only while bound to loopback.
        oidc: the provider, where `auth` is ``oidc``.
        public_url: address by which browsers reach this server through a proxy.
        tls_cert, tls_key: PEM files, to answer over https without a proxy.
        session_idle: a browser's session that is not used for so long is over [min].
        session_hours: no session lasts longer [h].
        protects: attributes that tell of persons, by entity type, with the purposes for which
            they may be seen.
        role_rights: rights that roles have besides Kota's own, such as ``water.*``.
        context_map: JSON-LD context addresses that are answered from files.
        allow_hosts: hosts that Kota may call, besides this machine.
        solutions: names of the solutions to run; None: all that are installed.
        history_memory: memory limit of the history store [MB].
        temporal_page: instances in one answer to a temporal request.
        body_limit: largest request body [bytes].
    """

    data: Path
    store: str | None = None
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    title: str = "Kota"
    timezone: str | None = None
    mqtt: str | None = None
    mqtt_control: str | None = None
    profiles: tuple[Path, ...] = ()
    alarms: tuple[Path, ...] = ()
    actuators: tuple[Path, ...] = ()
    rules: tuple[Path, ...] = ()
    notices: tuple[Path, ...] = ()
    smtp: SmtpSettings | None = None
    retention: tuple[Retention, ...] = ()
    modbus: tuple[Path, ...] = ()
    opcua: tuple[Path, ...] = ()
    server_names: tuple[str, ...] = ()
    auth: Literal["local", "oidc", "none"] = "local"
    oidc: OidcSettings | None = None
    public_url: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    session_idle: float = 30.0
    session_hours: float = 12.0
    protects: dict[str, dict[str, tuple[str, ...]]] = {}
    role_rights: dict[str, tuple[str, ...]] = {}
    context_map: dict[str, Path] = {}
    allow_hosts: tuple[str, ...] = ()
    solutions: tuple[str, ...] | None = None
    history_memory: int = 512
    temporal_page: int = 10_000
    body_limit: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK:
            self._check_exposed()
        if (self.tls_cert is None) is not (self.tls_key is None):
            raise ConfigurationError("tls_cert and tls_key: give both or none")
        if self.public_url is not None and not self.public_url.startswith(_SCHEMES):
            raise ConfigurationError(
                f"public_url {self.public_url!r}: not an address", hint="write https://HOST"
            )
        if (self.auth == "oidc") is not (self.oidc is not None):
            raise ConfigurationError(
                "auth and oidc: a provider is named where auth is oidc, and only there",
                hint='write auth = "oidc" and a table [oidc] with issuer and client_id',
            )
        for name in ("session_idle", "session_hours"):
            if not 0 < getattr(self, name) <= 10_000:
                raise ConfigurationError(f"{name}: not a time; use more than 0")
        if not 0 <= self.port <= 65535:
            raise ConfigurationError(f"port {self.port}: not a port", hint="use 0 to 65535")
        if self.timezone is not None:
            _check_zone(self.timezone)

    @property
    def secure(self) -> bool:
        """Whether browsers reach this server over https."""
        return self.tls_cert is not None or (self.public_url or "").startswith("https://")

    def _check_exposed(self) -> None:
        if self.auth == "none":
            raise ConfigurationError(
                f"host {self.host!r}: without identity Kota listens on this machine only",
                hint="use --host 127.0.0.1, or --auth local",
            )
        if not self.secure:
            raise ConfigurationError(
                f"host {self.host!r}: passwords would travel in the clear",
                hint="give tls_cert and tls_key, or public_url = https://… of a proxy before it",
            )


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigurationError(
            f"timezone {name!r}: there is no such zone", hint="write it as Asia/Jakarta"
        ) from None


def load(path: Path | None, **given: Any) -> Settings:
    """Settings from a file, overridden by what was given on the command line.

    Args:
        path: a TOML file whose keys are the fields of `Settings`, or None. Paths in it are
            relative to its folder.
        given: fields by name; those that are None were not given.

    Raises:
        ConfigurationError: names the file and the key.
    """
    fields = _read(path) if path is not None else {}
    fields.update({name: value for name, value in given.items() if value is not None})
    try:
        return msgspec.convert(fields, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        where = f"configuration {path}" if path is not None else "configuration"
        raise ConfigurationError(f"{where}: {error}") from error


def read_context_map(path: Path) -> dict[str, Path]:
    """A TOML or JSON object from context address to file, relative to the map's folder."""
    try:
        text = path.read_bytes()
        table = (
            msgspec.json.decode(text, type=dict[str, str])
            if path.suffix == ".json"
            else tomllib.loads(text.decode())
        )
    except OSError as error:
        raise ConfigurationError(f"context map {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"context map {path}: {error}") from error
    files = {address: path.parent / str(file) for address, file in table.items()}
    for address, file in files.items():
        if not file.is_file():
            raise ConfigurationError(f"context map {path}: {address}: no file {file}")
    return files


def _read(path: Path) -> dict[str, Any]:
    try:
        fields = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigurationError(f"configuration {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"configuration {path}: {error}") from error
    folder = path.parent
    if "data" in fields:
        fields["data"] = str(folder / str(fields["data"]))
    for name in ("tls_cert", "tls_key"):
        if name in fields:
            fields[name] = str(folder / str(fields[name]))
    oidc = fields.get("oidc")
    if isinstance(oidc, dict) and "client_secret_file" in oidc:
        oidc["client_secret_file"] = str(folder / str(oidc["client_secret_file"]))
    smtp = fields.get("smtp")
    if isinstance(smtp, dict) and "password_file" in smtp:
        smtp["password_file"] = str(folder / str(smtp["password_file"]))
    for name in ("profiles", "alarms", "actuators", "rules", "notices", "modbus", "opcua"):
        if isinstance(fields.get(name), list):
            fields[name] = [str(folder / str(file)) for file in fields[name]]
    if isinstance(fields.get("context_map"), dict):
        fields["context_map"] = {a: str(folder / str(f)) for a, f in fields["context_map"].items()}
    return fields


def _path(expected: type, value: object) -> object:
    if expected is Path:
        return Path(str(value))
    raise TypeError(f"no way to read {expected}")
