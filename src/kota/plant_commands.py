"""How the devices of a simulated plant take commands: each number once, none that has expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from kota.errors import KotaError
from kota.model.instant import parse


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What became of a command.

    Args:
        fault: why it was not carried out, in words; None: it was.
        told: what the device says of itself at once, by name.
    """

    fault: str | None = None
    told: dict[str, float | str] = field(default_factory=dict)


class Obedient(Protocol):
    """The part of a plant that takes commands."""

    def obey(self, key: str, device: str, orders: Mapping[str, object]) -> Obeyed:
        """Do what a command says, as far as the plant's own interlocks let it.

        Args:
            key: of the device's sort.
            device: its id.
            orders: the setting by name.
        """
        ...


class Devices:
    """The devices of a plant.

    Args:
        obedient: carries commands out.
    """

    def __init__(self, obedient: Obedient) -> None:
        self._obedient = obedient
        self._last: dict[str, tuple[int, dict[str, object]]] = {}

    def carry_out(
        self, key: str, device: str, payload: bytes, now: int
    ) -> tuple[dict[str, object], dict[str, float | str]] | None:
        """Take a command.

        Args:
            key, device: who is told.
            payload: ``{"<name>": value, "id": …, "sequence": …, "expires": …}``.
            now: the plant's time [µs].

        Returns:
            What the device answers, and what it says of itself at once; None where it is silent:
            to what it cannot read, and to a number before the last.
        """
        try:
            said = msgspec.json.decode(payload, type=dict[str, Any])
            sequence = int(said.pop("sequence"))
            expires = parse(str(said.pop("expires")), where="expires")
        except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError, ValueError):
            return None
        except KotaError:
            return None
        named = said.pop("id", None)
        last, answered = self._last.get(f"{key}/{device}", (0, {}))
        if sequence < last:
            return None
        if sequence == last:
            return answered, {}
        done = Obeyed("it came after it had expired")
        if now < expires:
            done = self._obedient.obey(key, device, said)
        answer: dict[str, object] = dict.fromkeys(said, done.fault or "OK")
        answer |= {"id": named, "sequence": sequence}
        self._last[f"{key}/{device}"] = (sequence, answer)
        return answer, done.told
