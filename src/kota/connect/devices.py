"""The devices that Kota knows, and those that wait for a person's yes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

import msgspec

from kota.clock import Clock
from kota.errors import ConflictError, NotFoundError
from kota.store.state import Document, StateStore

State = Literal["pending", "approved", "rejected"]

KIND: Final = "device"
MOST_PENDING: Final = 10_000
"""Unknown devices that are remembered; beyond, the one that was silent longest is forgotten."""
LONGEST_PAYLOAD: Final = 4096
"""Bytes of an unknown device's last payload that are kept."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One device.

    Args:
        id: what its topic calls it.
        state: pending until a person has decided.
        profile: the profile that reads its messages; that of its topic where None.
        entity: the entity it observes; the one its profile names where None.
        name, group: for people.
        lon, lat: where it stands [°], WGS 84.
        topic, payload: its last message while it was pending, to look at; a payload that may
            name a person is not kept.
        messages: how many were held back.
        first_seen, last_seen: instants of the first and last of them.
    """

    id: str
    state: State = "pending"
    profile: str | None = None
    entity: str | None = None
    name: str | None = None
    group: str | None = None
    lon: float | None = None
    lat: float | None = None
    topic: str | None = None
    payload: bytes | None = None
    messages: int = 0
    first_seen: int | None = None
    last_seen: int | None = None


class Devices:
    """The registry: in memory for every message, in the store for good.

    Args:
        store: keeps them as documents.
        clock: stamps what unknown devices send.
    """

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[str, Device] = {}
        self._pending: dict[str, Device] = {}
        self._by_entity: dict[str, Device] = {}
        self._unsaved: set[str] = set()
        self._forgotten: set[str] = set()
        self._watchers: list[Callable[[], None]] = []

    async def load(self) -> None:
        """Read all devices from the store."""
        for document in await self._store.list_documents(KIND):
            self._place(msgspec.json.decode(document.body, type=Device))
        self._index()

    def on_change(self, watcher: Callable[[], None]) -> None:
        """Name a function that is called when a decision on any device has changed."""
        self._watchers.append(watcher)

    def find(self, device_id: str) -> Device | None:
        """The device on which a person has decided, or None."""
        return self._known.get(device_id)

    def of_entity(self, entity_id: str) -> Device | None:
        """The approved device that was given to an entity by hand, or None."""
        return self._by_entity.get(entity_id)

    def listed(self, state: State | None = None) -> list[Device]:
        """Devices in a state, or all, ordered by id."""
        devices = [*self._known.values(), *self._pending.values()]
        return sorted(
            (device for device in devices if state in (None, device.state)),
            key=lambda device: device.id,
        )

    def hold(
        self, device_id: str, *, topic: str, profile: str | None, payload: bytes | None
    ) -> None:
        """Count a message of an unknown device and keep its payload, if any, to look at."""
        now = self._clock.now()
        before = self._pending.pop(device_id, None)
        if before is None and len(self._pending) >= MOST_PENDING:
            self._forget(next(iter(self._pending)))
        self._pending[device_id] = Device(
            id=device_id,
            profile=profile,
            topic=topic,
            payload=None if payload is None else payload[:LONGEST_PAYLOAD],
            messages=1 if before is None else before.messages + 1,
            first_seen=now if before is None else before.first_seen,
            last_seen=now,
        )
        self._unsaved.add(device_id)

    async def save(self) -> None:
        """Write what was held since the last time."""
        unsaved, self._unsaved = self._unsaved, set()
        forgotten, self._forgotten = self._forgotten, set()
        if forgotten:
            await self._store.delete_documents(KIND, sorted(forgotten))
        held = [self._pending[one] for one in sorted(unsaved) if one in self._pending]
        if held:
            await self._store.put_documents([_document(device) for device in held])

    async def approve(
        self,
        device_id: str,
        *,
        profile: str | None = None,
        entity: str | None = None,
        audit: Sequence[bytes] = (),
    ) -> Device:
        """Take a device's messages from now on.

        Args:
            device_id: of a pending, rejected or already approved device.
            profile: reads its messages; that of its topic where None.
            entity: the entity it observes; the one its profile names where None.
            audit: lines for the audit, kept in the same commit.

        Returns:
            The device; `topic` and `payload` are its last message, if it was held.

        Raises:
            NotFoundError: no such device.
        """
        before = self._any(device_id)
        after = msgspec.structs.replace(
            before,
            state="approved",
            profile=profile or before.profile,
            entity=entity or before.entity,
        )
        await self._decide([msgspec.structs.replace(after, topic=None, payload=None)], audit)
        return after

    async def reject(self, device_id: str, *, audit: Sequence[bytes] = ()) -> Device:
        """Drop a device's messages from now on.

        Raises:
            NotFoundError: no such device.
        """
        after = msgspec.structs.replace(
            self._any(device_id), state="rejected", topic=None, payload=None
        )
        await self._decide([after], audit)
        return after

    async def enrol(self, devices: Iterable[Device], *, audit: Sequence[bytes] = ()) -> None:
        """Approve many devices at once; those known already are replaced."""
        wanted = [msgspec.structs.replace(one, state="approved") for one in devices]
        await self._decide(wanted, audit)

    async def remove(self, device_id: str) -> None:
        """Forget a device; its next message makes it pending.

        Raises:
            NotFoundError: no such device.
        """
        self._any(device_id)
        await self._store.delete_documents(KIND, [device_id])
        self._known.pop(device_id, None)
        self._pending.pop(device_id, None)
        self._tell()

    def _any(self, device_id: str) -> Device:
        device = self._known.get(device_id) or self._pending.get(device_id)
        if device is None:
            raise NotFoundError(
                f"device {device_id!r} is unknown", hint="it appears once it has sent a message"
            )
        return device

    async def _decide(self, devices: list[Device], audit: Sequence[bytes]) -> None:
        documents = [_document(device) for device in devices]
        await self._store.apply([], documents=documents, audit=audit)
        for device in devices:
            self._pending.pop(device.id, None)
            self._unsaved.discard(device.id)
            self._place(device)
        self._tell()

    def _place(self, device: Device) -> None:
        where = self._pending if device.state == "pending" else self._known
        where[device.id] = device

    def _index(self) -> None:
        self._by_entity = {
            device.entity: device
            for device in self._known.values()
            if device.entity is not None and device.state == "approved"
        }

    def _forget(self, device_id: str) -> None:
        del self._pending[device_id]
        self._unsaved.discard(device_id)
        self._forgotten.add(device_id)

    def _tell(self) -> None:
        self._index()
        for watcher in self._watchers:
            watcher()


def check_profile(device: Device, profiles: Iterable[str]) -> None:
    """Refuse a device whose profile does not exist.

    Raises:
        ConflictError: names the profile and those there are.
    """
    known = sorted(profiles)
    if device.profile is not None and device.profile not in known:
        raise ConflictError(
            f"device {device.id!r}: there is no profile {device.profile!r}",
            hint=f"there are {', '.join(known)}",
        )


def _document(device: Device) -> Document:
    return Document(KIND, device.id, msgspec.json.encode(device))
