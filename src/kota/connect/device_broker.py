"""Lets devices in at Mosquitto, each with a secret of its own and its own topics alone.

Mosquitto's dynamic security plugin is told by JSON on ``$CONTROL/dynamic-security/v1`` (its
README.md is the reference). Each device is a client with a role of its own, since Mosquitto 2.0
puts no user names into the topics of a shared one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from secrets import token_hex
from typing import Any, Final

import gmqtt
import msgspec
from gmqtt.mqtt.constants import MQTTv311
from gmqtt.mqtt.handler import MQTTConnectError

from kota.connect.broker_url import BrokerUrl
from kota.errors import ConnectError

CONTROL: Final = "$CONTROL/dynamic-security/v1"
RESPONSE: Final = CONTROL + "/response"
ROLE: Final = "kota-device-"
OWN_ROLE: Final = "kota"
_AT_ONCE: Final = 200
"""Devices in one message to the plugin."""
_PATIENCE_S: Final = 15.0
_SETTLED: Final = frozenset(
    {
        "Client not found",
        "Role not found",
        "Role already exists",
        "Client already exists",
    }
)
"""Answers that say that what is wanted is so already."""
_CAPTURE: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_BY_DEFAULT: Final = {
    "publishClientSend": False,
    "publishClientReceive": True,
    "subscribe": False,
    "unsubscribe": True,
}

Command = dict[str, Any]


class Topics(msgspec.Struct, frozen=True):
    """What a device may do.

    Args:
        publish: topic filters that it may publish to.
        subscribe: those that it may subscribe to.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def topics_of(device: str, patterns: Iterable[str]) -> Topics:
    """A device's own topics: those of its profile, and beside them its commands.

    Args:
        device: its id.
        patterns: topic patterns in which ``{device}`` stands.

    >>> topics_of("p7", ["/{apikey}/{device}/attrs"]).publish
    ('/+/p7/attrs', '/+/p7/cmdexe')
    >>> topics_of("p7", ["/{apikey}/{device}/attrs", "all/#"]).subscribe
    ('/+/p7/cmd',)
    """
    publish: list[str] = []
    subscribe: list[str] = []
    for pattern in patterns:
        levels = pattern.split("/")
        place = next((at for at, one in enumerate(levels) if "{device}" in one), None)
        if place is None or _CAPTURE.search(levels[place].replace("{device}", "")):
            continue  # a level that something else is a part of cannot be told from another's
        filled = [_level(level, device) for level in levels]
        base = "/".join(filled[: place + 1])
        publish += ["/".join(filled), f"{base}/cmdexe"]
        subscribe.append(f"{base}/cmd")
    return Topics(tuple(dict.fromkeys(publish)), tuple(dict.fromkeys(subscribe)))


def _level(level: str, device: str) -> str:
    if "{device}" in level:
        return level.replace("{device}", device)
    return "+" if _CAPTURE.search(level) else level


class DynamicSecurity:
    """Manages the devices at one broker.

    Args:
        url: the broker, with the plugin's administrator as user.
        patterns: the topic patterns of a device, by its id.
        own: how Kota itself connects; it is let in where that names a user.
    """

    def __init__(
        self,
        url: BrokerUrl,
        patterns: Callable[[str], Iterable[str]],
        own: BrokerUrl | None = None,
    ) -> None:
        self._url = url
        self._own = own
        self._patterns = patterns
        self._working = asyncio.Lock()

    async def prepare(self) -> None:
        """Let nobody publish or subscribe who was not let in, but Kota itself.

        Raises:
            ConnectError: the broker cannot be reached, or has no such plugin.
        """
        acls = [{"acltype": name, "allow": allow} for name, allow in _BY_DEFAULT.items()]
        await self._tell([{"command": "setDefaultACLAccess", "acls": acls}, *self._entering()])

    async def admit(self, secrets: Mapping[str, str]) -> None:
        """Let devices in with these secrets, in the place of those they had.

        Raises:
            ConnectError: the broker could not be told, or a device has no topic of its own.
        """
        wanted = {device: topics_of(device, self._patterns(device)) for device in secrets}
        without = [device for device, topics in wanted.items() if not topics.publish]
        if without:
            raise ConnectError(
                f"device {without[0]}: no profile has a topic of its own for it",
                hint="approve it with a profile whose topic names {device}",
            )
        for part in _parts(list(secrets)):
            commands: list[Command] = []
            for device in part:
                commands += [*_leaving(device), *_entering(device, secrets[device], wanted[device])]
            await self._tell(commands)

    async def expel(self, devices: Sequence[str]) -> None:
        """Let devices in no more, and end their connections.

        Raises:
            ConnectError: the broker could not be told.
        """
        for part in _parts(list(devices)):
            await self._tell([command for device in part for command in _leaving(device)])

    def _entering(self) -> list[Command]:
        own = self._own
        if own is None or own.user is None or own.user == self._url.user:
            return []
        every = [
            {"acltype": kind, "topic": "#", "priority": 0, "allow": True}
            for kind in ("publishClientSend", "subscribePattern")
        ]
        client = {
            "username": own.user,
            "password": own.password or "",
            "roles": [{"rolename": OWN_ROLE, "priority": 0}],
        }
        return [
            {"command": "createRole", "rolename": OWN_ROLE, "acls": every},
            {"command": "createClient", **client},
            {"command": "modifyClient", **client},
        ]

    async def _tell(self, commands: Sequence[Command]) -> None:
        """Send commands and wait for their answers.

        Raises:
            ConnectError: one was refused, or nothing answers.
        """
        numbered = [{**one, "correlationData": str(at)} for at, one in enumerate(commands)]
        async with self._working:
            answers = await self._exchange(numbered)
        for answer in answers:
            error = answer.get("error")
            if error is not None and error not in _SETTLED:
                raise ConnectError(f"{self._url.shown}: {answer.get('command')}: {error}")

    async def _exchange(self, commands: Sequence[Command]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        whole, listening = asyncio.Event(), asyncio.Event()

        def receive(_client: Any, _topic: str, payload: bytes, _qos: int, _more: Any) -> int:
            answers.extend(_read(payload))
            if len(answers) >= len(commands):
                whole.set()
            return 0

        client = gmqtt.Client(f"kota-control-{token_hex(6)}", clean_session=True)
        client.set_auth_credentials(self._url.user or "", self._url.password or "")
        client.set_config({"reconnect_retries": 0})
        client.on_message = receive
        client.on_subscribe = lambda *_: listening.set()
        try:
            await asyncio.wait_for(
                client.connect(self._url.host, self._url.port, ssl=self._url.tls, version=MQTTv311),
                _PATIENCE_S,
            )
            client.subscribe(RESPONSE, qos=1)
            await asyncio.wait_for(listening.wait(), _PATIENCE_S)
            client.publish(CONTROL, msgspec.json.encode({"commands": list(commands)}), qos=1)
            await asyncio.wait_for(whole.wait(), _PATIENCE_S)
        except TimeoutError:
            raise ConnectError(
                f"{self._url.shown}: nothing answers on {CONTROL}",
                hint="load mosquitto_dynamic_security.so and sign in as its administrator",
            ) from None
        except (OSError, MQTTConnectError) as error:
            raise ConnectError(f"{self._url.shown}: {error}") from error
        finally:
            await client.disconnect()
        return answers


def _read(payload: bytes) -> list[dict[str, Any]]:
    try:
        found = msgspec.json.decode(payload, type=dict[str, list[dict[str, Any]]])
    except msgspec.MsgspecError:
        return []
    return found.get("responses", [])


def _leaving(device: str) -> list[Command]:
    return [
        {"command": "deleteClient", "username": device},
        {"command": "deleteRole", "rolename": ROLE + device},
    ]


def _entering(device: str, secret: str, topics: Topics) -> list[Command]:
    acls = [
        *(("publishClientSend", one) for one in topics.publish),
        *(("subscribePattern", one) for one in topics.subscribe),
    ]
    return [
        {
            "command": "createRole",
            "rolename": ROLE + device,
            "acls": [
                {"acltype": kind, "topic": topic, "priority": 0, "allow": True}
                for kind, topic in acls
            ],
        },
        {
            "command": "createClient",
            "username": device,
            "password": secret,
            "roles": [{"rolename": ROLE + device, "priority": 0}],
        },
    ]


def _parts(devices: list[str]) -> list[list[str]]:
    return [devices[at : at + _AT_ONCE] for at in range(0, len(devices), _AT_ONCE)]
