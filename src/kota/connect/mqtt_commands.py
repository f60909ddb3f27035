"""Commands to devices over MQTT, in the manner of FIWARE's IoT Agents: ``cmd`` and ``cmdexe``.

A command is ``{"<name>": value, "id": …, "sequence": …, "expires": …}`` at QoS 1, never retained,
and over MQTT 5 dropped by the broker when it has expired. A device answers
``{"<name>": "OK", "id": …, "sequence": …}``, or with its reason in the place of ``OK``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from kota.connect.entity_names import entity_name
from kota.connect.mqtt import MqttConnector
from kota.connect.profile import Profile
from kota.connect.router import Router
from kota.errors import ConnectError
from kota.model.instant import render

DONE: Final = frozenset({"OK", "ok", "Ok", "accepted", "done"})
_RESERVED: Final = frozenset({"id", "sequence", "expires", "TimeInstant"})
_LONGEST: Final = 300

Hear = Callable[[str, int | None, str | None, str | None], None]
"""Gets entity, sequence, command id and fault of an answer."""


class MqttCommands:
    """Finds the device of an entity, and speaks to it.

    Args:
        router: knows profiles and devices.
        connector: speaks MQTT.
    """

    def __init__(self, router: Router, connector: MqttConnector) -> None:
        self._router = router
        self._connector = connector
        self._watchers: list[Hear] = []
        self._profiles = [one for one in router.profiles.values() if one.commands is not None]
        for profile in self._profiles:
            assert profile.commands is not None
            if profile.commands.answers is not None:
                connector.listen(profile.commands.answers, partial(self._hear, profile))

    def on_answer(self, watcher: Hear) -> None:
        """Name a function that is told what devices say."""
        self._watchers.append(watcher)

    def knows(self, entity_id: str) -> bool:
        """Whether a device profile with ``[commands]`` names this entity."""
        return self._find(entity_id) is not None

    def fault(self, entity_id: str) -> str | None:
        """Why nothing can be sent to it now, in words; None where it can."""
        found = self._find(entity_id)
        if found is None:
            return "no device profile with [commands] names it"
        if self._topic(*found) is None:
            return f"device {found[1].get('device')} has not spoken since the start"
        health = self._connector.health
        if health.state not in ("connected", "failed"):
            return f"the MQTT broker: {health.detail or 'not connected'}"
        return None

    async def send(
        self,
        entity_id: str,
        content: dict[str, Any],
        *,
        expires_at: int,
        lifetime: float,
    ) -> None:
        """Publish a command; returns when the broker has it.

        Args:
            entity_id: of the actuator's entity.
            content: what the device is told.
            expires_at: by the actuator's clock [µs].
            lifetime: the wall time until then [s].

        Raises:
            ConnectError: the broker may not have it.
        """
        found = self._find(entity_id)
        topic = None if found is None else self._topic(*found)
        if topic is None:
            raise ConnectError(f"{entity_id}: {self.fault(entity_id)}")
        payload = msgspec.json.encode({**content, "expires": render(expires_at)})
        await self._connector.publish(topic, payload, qos=1, lifetime=lifetime)

    def _find(self, entity_id: str) -> tuple[Profile, dict[str, str]] | None:
        device = self._router.devices.of_entity(entity_id)
        for profile in self._profiles:
            assert profile.commands is not None
            if device is not None:
                if device.profile in (None, profile.id):
                    return profile, {"device": device.id}
                continue
            names = profile.commands.names_of(entity_id)
            if names is not None and self._admits(profile, names.get("device", "")):
                return profile, names
        return None

    def _admits(self, profile: Profile, device_id: str) -> bool:
        device = self._router.devices.find(device_id)
        if device is None:
            return profile.admit_any
        own = device.entity is None and device.profile in (None, profile.id)
        return device.state == "approved" and own

    def _topic(self, profile: Profile, names: dict[str, str]) -> str | None:
        assert profile.commands is not None
        heard = self._router.heard(names.get("device", ""))
        return profile.commands.topic_of({**heard, **names})

    def _hear(self, profile: Profile, names: dict[str, str], payload: bytes) -> None:
        """Take what a device says; what is no answer is passed over, feedback tells the rest."""
        device = self._router.devices.find(names.get("device", ""))
        entity = device.entity if device is not None else None
        entity = entity or entity_name(profile.entity_id, names)
        found = self._find(entity)
        if found is None or found[0] is not profile:
            return
        try:
            said = msgspec.json.decode(payload, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        results = [value for name, value in said.items() if name not in _RESERVED]
        if len(results) != 1:
            return
        sequence, command_id = said.get("sequence"), said.get("id")
        number = sequence if type(sequence) is int else None
        named = command_id if isinstance(command_id, str) else None
        for watcher in self._watchers:
            watcher(entity, number, named, _fault(results[0]))


def _fault(result: Any) -> str | None:
    """Why a device does not carry a command out, in words; None where it does."""
    if result is True or (isinstance(result, str) and result in DONE):
        return None
    if isinstance(result, dict):
        result = result.get("error", result)
    text = result if isinstance(result, str) else msgspec.json.encode(result).decode()
    shown = "".join(sign for sign in text[:_LONGEST] if sign.isprintable())
    return shown or "it refuses and does not say why"
