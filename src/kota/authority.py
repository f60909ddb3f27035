"""What a city's settings and its solutions say of rights and protection, brought together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from kota.access.identity import Grant, Identity
from kota.access.protection import Protection, united
from kota.access.recogniser import Recogniser
from kota.access.right import Role
from kota.access.sealing import OWNER_FILE, write_private
from kota.access.secret import new_secret
from kota.access.tokens import PREFIX
from kota.config import Settings
from kota.context.outgoing import Outgoing
from kota.errors import ConfigurationError
from kota.model.entity import Entity
from kota.model.jsonld import Context
from kota.operate.alarms import terms
from kota.operate.rules.entity import read_record
from kota.operate.rules.terms import FIRING, RULE_FIRING
from kota.solution import Solution

if TYPE_CHECKING:
    from kota.access.oidc import Provider

_OWNER: Final = Identity(
    id="owner",
    name="owner of the data folder",
    grants=tuple(
        Grant(role=role, below=True)
        for role in (Role.ADMINISTRATOR, Role.OPERATOR, Role.ENGINEER, Role.DATA_STEWARD)
    ),
    person=False,
)


def role_rights(settings: Settings, solutions: Sequence[Solution]) -> dict[Role, tuple[str, ...]]:
    """The rights that roles have besides the core's.

    Engineers have those of all solutions, planners those that end in ``.plan``.

    Raises:
        ConfigurationError: the settings name no role.
    """
    stated = tuple(right for one in solutions for right in one.permissions)
    found: dict[Role, tuple[str, ...]] = {
        Role.ENGINEER: stated,
        Role.PLANNER: tuple(right for right in stated if right.endswith(".plan")),
    }
    for name, rights in settings.role_rights.items():
        role = role_of(name, "role_rights")
        found[role] = (*found.get(role, ()), *rights)
    return found


def role_of(name: str, where: str) -> Role:
    """The role with this name.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return Role(name)
    except ValueError:
        known = ", ".join(sorted(Role))
        raise ConfigurationError(f"{where}: {name!r} is no role", hint=f"use {known}") from None


def protection(settings: Settings, solutions: Sequence[Solution], names: Context) -> Protection:
    """The attributes that tell of persons, names expanded."""
    declared = united([settings.protects, *(one.protects for one in solutions)])
    expanded = {
        names.expand(kind): {names.expand(name): purposes for name, purposes in held.items()}
        for kind, held in declared.items()
    }

    def repeated(entity: Entity) -> list[str]:
        return [names.expand(one) for one in _causes(entity)]

    repeating = {
        terms.ALERT: frozenset({terms.CAUSE, terms.TRANSITION}),
        RULE_FIRING: frozenset({FIRING}),
    }
    return Protection(expanded, repeated, repeating)


def _causes(entity: Entity) -> list[str]:
    """Short names of the attributes that raised an alarm or that a rule judged, if it is one."""
    if RULE_FIRING in entity.types:
        record = read_record(entity)
        evidence = () if record is None or record.told is None else record.told.evidence
        return [one.attribute for one in evidence if one.attribute is not None]
    if terms.ALERT not in entity.types:
        return []
    found = []
    for name in (terms.CAUSE, terms.TRANSITION):
        for instance in entity.attrs.get(name, ()):
            value = instance.value
            if isinstance(value, Mapping) and isinstance(value.get("attribute"), str):
                found.append(value["attribute"])
    return found


def provider_of(settings: Settings) -> Provider | None:
    """The provider that the settings name, or None. Its own host may be called: it is named.

    Raises:
        ConfigurationError: its address is not safe, its secret cannot be read, or a role is none.
    """
    named = settings.oidc
    if named is None:
        return None
    from kota.access.oidc import Provider, Rule, Wanted, require_https

    require_https(named.issuer)
    secret = None
    if named.client_secret_file is not None:
        try:
            secret = named.client_secret_file.read_text().strip()
        except OSError as error:
            raise ConfigurationError(
                f"oidc.client_secret_file {named.client_secret_file}: {error.strerror}"
            ) from error
    rules = [
        Rule(
            one.claim,
            one.value,
            Grant(
                role=role_of(one.role, "oidc.grants"),
                tenant=one.tenant,
                below=one.below,
                areas=one.areas,
                solutions=one.solutions,
                purposes=one.purposes,
            ),
        )
        for one in named.grants
    ]
    wanted = Wanted(
        issuer=named.issuer,
        client_id=named.client_id,
        client_secret=secret,
        scopes=named.scopes,
        name_claim=named.name_claim,
        audience=named.audience or named.client_id,
    )
    host = urlsplit(named.issuer).hostname or ""
    return Provider(wanted, rules, Outgoing((*settings.allow_hosts, host)))


def give_owner_token(data: Path, recogniser: Recogniser) -> Callable[[], None]:
    """Trust whoever can read the data folder; returns what takes the token back."""
    secret = PREFIX + new_secret()
    path = data / OWNER_FILE
    write_private(path, secret.encode())
    recogniser.trust(secret, _OWNER)
    return lambda: path.unlink(missing_ok=True)
