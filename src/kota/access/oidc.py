"""A provider of OpenID Connect: who it vouches for, and with which keys.

Authorization code with PKCE (RFC 7636), discovery and keys from the provider's own addresses, keys
fetched again when a token names one that is not known. After OpenID Connect Core 1.0 and the
current practice of RFC 9700: exact issuer, `state` and `nonce` bound to the browser, no implicit
flow, and signatures by public keys alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Protocol
from urllib.parse import quote_plus, urlencode

import aiohttp
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from kota.access.identity import Grant, Identity
from kota.access.secret import digest, new_secret, same
from kota.context.outgoing import Outgoing
from kota.errors import ConfigurationError, ConnectError, UnrecognisedError

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
"""By public keys only: a secret shared with the provider signs nothing here, nor does ``none``."""
_log = logging.getLogger(__name__)
_LEEWAY_S: Final = 60
_KEEP_S: Final = 3600.0
_AGAIN_S: Final = 10.0
"""Keys are fetched for an unknown one at most so often."""
_LOGIN_S: Final = 600.0
_LOGINS: Final = 10_000
_REMEMBER_S: Final = 60.0
_REMEMBERED: Final = 10_000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
_MOST_BYTES: Final = 1 << 20


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A provider, as the settings name it; see `kota.config.OidcSettings`."""

    issuer: str
    client_id: str
    client_secret: str | None
    scopes: Sequence[str]
    name_claim: str
    audience: str


class Rule(msgspec.Struct, frozen=True):
    """What whoever has a claim is given.

    Args:
        claim: its name, with dots into objects.
        value: that it has, or that is in its list.
        grant: what is given then.
    """

    claim: str
    value: str
    grant: Grant


class Login(msgspec.Struct, frozen=True):
    """Somebody who was sent to the provider.

    Args:
        nonce: must come back in the token.
        verifier: of PKCE.
        browser: digest of what the browser holds.
        back: where the provider sends it.
        until: by the monotonic clock [s].
    """

    nonce: str
    verifier: str
    browser: str
    back: str
    until: float


class Sent(msgspec.Struct, frozen=True):
    """Where a browser is to go, and what it is to hold meanwhile."""

    address: str
    browser: str


class Monotonic(Protocol):
    """Seconds that only grow."""

    def __call__(self) -> float: ...


class Provider:
    """Talks to the provider, and reads what it signs.

    Args:
        wanted: which.
        rules: from claims to grants.
        outgoing: which hosts may be called.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        wanted: Wanted,
        rules: Sequence[Rule],
        outgoing: Outgoing,
        *,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self._wanted = wanted
        self._rules = tuple(rules)
        self._outgoing = outgoing
        self._clock = clock
        self._logins: dict[str, Login] = {}
        self._remembered: dict[str, tuple[Identity, float]] = {}
        self._metadata: tuple[dict[str, Any], float] | None = None
        self._keys: tuple[KeySet, float] | None = None
        self._http: aiohttp.ClientSession | None = None
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            await self._http.close()

    async def send(self, back: str) -> Sent:
        """Begin to sign somebody in.

        Args:
            back: where the provider is to send the browser.

        Raises:
            ConnectError: the provider does not answer.
        """
        metadata = await self._discovered()
        state, nonce, verifier, browser = (new_secret() for _ in range(4))
        now = self._clock()
        self._logins = {key: one for key, one in self._logins.items() if one.until > now}
        if len(self._logins) >= _LOGINS:
            self._logins.clear()
        self._logins[state] = Login(nonce, verifier, digest(browser), back, now + _LOGIN_S)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._wanted.client_id,
            "redirect_uri": back,
            "scope": " ".join(self._wanted.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        join = "&" if "?" in metadata["authorization_endpoint"] else "?"
        return Sent(f"{metadata['authorization_endpoint']}{join}{urlencode(asked)}", browser)

    async def receive(self, state: str, code: str, browser: str) -> Identity:
        """Finish signing somebody in; each state holds once.

        Args:
            state, code: as the provider sent them back.
            browser: what the browser holds since `send`.

        Raises:
            UnrecognisedError: it is not the browser that was sent, or the provider says no.
            ConnectError: the provider does not answer.
        """
        login = self._logins.pop(state, None)
        if login is None or login.until <= self._clock():
            raise UnrecognisedError("this sign-in was not begun here, or took too long")
        if not same(digest(browser), login.browser):
            raise UnrecognisedError("this sign-in was begun in another browser")
        told = await self._exchange(code, login)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise UnrecognisedError("the provider vouches for nobody: no id_token")
        claims = await self._verified(token, self._wanted.client_id)
        if claims is None or not same(str(claims.get("nonce", "")), login.nonce):
            raise UnrecognisedError("the provider's token does not hold")
        return self.identity(claims)

    async def recognise(self, text: str) -> Identity | None:
        """Whoever a bearer token of the provider names, or None where it does not hold."""
        key = digest(text)
        known = self._remembered.get(key)
        now = self._clock()
        if known is not None and known[1] > now:
            return known[0]
        try:
            claims = await self._verified(text, self._wanted.audience)
        except ConnectError as error:
            _log.warning("a token cannot be judged: %s", error)
            return None
        if claims is None:
            return None
        who = self.identity(claims, person=False)
        left = float(claims["exp"]) - time.time()
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = (who, now + max(0.0, min(_REMEMBER_S, left)))
        return who

    def identity(self, claims: Mapping[str, Any], *, person: bool = True) -> Identity:
        """Somebody by his claims."""
        name = claims.get(self._wanted.name_claim)
        subject = str(claims["sub"])
        shown = name if isinstance(name, str) and name.isprintable() and name else subject
        return Identity(
            id=f"{self._wanted.issuer}#{subject}",
            name=shown[:100],
            grants=tuple(one.grant for one in self._rules if _has(claims, one)),
            person=person,
        )

    async def _verified(self, token: str, audience: str) -> dict[str, Any] | None:
        """The claims of a token that holds."""
        for fresh in (False, True):
            keys = await self._key_set(fresh=fresh)
            try:
                found = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError, KeyError, TypeError):
                continue
            claims: dict[str, Any] = dict(found.claims)
            return claims if self._holds(claims, audience) else None
        return None

    def _holds(self, claims: Mapping[str, Any], audience: str) -> bool:
        now = time.time()
        meant = claims.get("aud")
        audiences = meant if isinstance(meant, list) else [meant]
        authorised = claims.get("azp")
        subject, ends = claims.get("sub"), claims.get("exp")
        return (
            claims.get("iss") == self._wanted.issuer
            and audience in audiences
            and (len(audiences) == 1 or authorised in (None, self._wanted.client_id))
            and isinstance(subject, str)
            and 0 < len(subject) <= 255
            and isinstance(ends, int | float)
            and now < ends + _LEEWAY_S
            and _not_before(claims.get("nbf"), now)
            and _not_before(claims.get("iat"), now)
        )

    async def _exchange(self, code: str, login: Login) -> dict[str, Any]:
        metadata = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": login.back,
            "client_id": self._wanted.client_id,
            "code_verifier": login.verifier,
        }
        status, told = await self._ask("POST", metadata["token_endpoint"], form, self._basic())
        if status != 200:
            reason = str(told.get("error", status))[:100]
            raise UnrecognisedError(f"the provider vouches for nobody: {reason}")
        return told

    def _basic(self) -> dict[str, str]:
        """How Kota says who it is to the provider (RFC 6749, section 2.3.1)."""
        if self._wanted.client_secret is None:
            return {}
        pair = ":".join(map(quote_plus, (self._wanted.client_id, self._wanted.client_secret)))
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    async def _discovered(self) -> dict[str, Any]:
        kept = self._metadata
        if kept is not None and kept[1] > self._clock():
            return kept[0]
        address = self._wanted.issuer.rstrip("/") + "/.well-known/openid-configuration"
        status, told = await self._ask("GET", address)
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if status != 200 or any(not isinstance(told.get(name), str) for name in needed):
            raise ConnectError(f"{address}: no provider of OpenID Connect answers there")
        if told.get("issuer") != self._wanted.issuer:
            raise ConnectError(
                f"{address}: calls itself {told.get('issuer')!r}", hint="set oidc.issuer to that"
            )
        self._metadata = (told, self._clock() + _KEEP_S)
        return told

    async def _key_set(self, *, fresh: bool) -> KeySet:
        async with self._asking:
            kept = self._keys
            now = self._clock()
            if kept is not None:
                age = now - kept[1]
                if age < (_AGAIN_S if fresh else _KEEP_S):
                    return kept[0]
            metadata = await self._discovered()
            status, told = await self._ask("GET", metadata["jwks_uri"])
            try:
                if status != 200:
                    raise ValueError(f"status {status}")
                keys = KeySet.import_key_set(told)  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ConnectError(f"{metadata['jwks_uri']}: no keys: {error}") from error
            self._keys = (keys, now)
            return keys

    async def _ask(
        self,
        method: str,
        address: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        refusal = self._outgoing.refusal(address)
        if refusal is not None:
            raise ConnectError(f"{address}: {refusal}")
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=_TIMEOUT)
        try:
            async with self._http.request(
                method, address, data=form, headers=headers, allow_redirects=False
            ) as reply:
                body = await reply.content.read(_MOST_BYTES)
                told = msgspec.json.decode(body, type=dict[str, Any])
                return reply.status, told
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ConnectError(f"{address}: {error or type(error).__name__}") from error
        except msgspec.MsgspecError as error:
            raise ConnectError(f"{address}: answers no JSON: {error}") from error


def require_https(issuer: str) -> None:
    """Refuse a provider whose word could be changed on its way.

    Raises:
        ConfigurationError: it is neither on https nor on this machine.
    """
    local = ("http://127.0.0.1", "http://localhost", "http://[::1]")
    if not issuer.startswith(("https://", *local)):
        raise ConfigurationError(f"oidc.issuer {issuer!r}: not https", hint="write https://…")


def _not_before(value: Any, now: float) -> bool:
    return value is None or (isinstance(value, int | float) and value <= now + _LEEWAY_S)


def _has(claims: Mapping[str, Any], rule: Rule) -> bool:
    value: Any = claims.get(rule.claim)
    if value is None:
        value = claims
        for part in rule.claim.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return rule.value in value
    if isinstance(value, bool):
        return rule.value == str(value).lower()
    return isinstance(value, str) and value == rule.value
