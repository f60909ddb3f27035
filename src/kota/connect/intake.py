"""From messages to commits: decode on arrival, commit in groups, then say so.

While one group is being committed the next one fills, so a group is as large as the store is
slow: one message when nothing else comes, thousands in a flood.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol

import msgspec

from kota.connect.allowance import Allowance
from kota.connect.fleeting import Fleeting
from kota.connect.plant_clocks import PlantClocks
from kota.connect.router import Accepted, Astray, Held, Router
from kota.context.ingest import Ingest, Patch
from kota.errors import ConnectError, KotaError, StoreError
from kota.model.instant import SECOND
from kota.store.state import Letter

logger = logging.getLogger(__name__)

BOX: Final = "ingest"
GROUP: Final = 1_000
"""Most messages in one commit."""
BREATH_S: Final = 0.01
"""Seconds from the begin of one commit to the next under load: many small ones cost more."""
LONGEST_BODY: Final = 1 << 16
"""Bytes of an undecodable payload that its dead letter keeps."""
SAVE_S: Final = 5.0
"""Seconds between two writes of what unknown devices sent."""
LETTERS: Final = 10_000
"""Dead letters that are kept in one flood of messages with faults."""
LETTERS_A_SECOND: Final = 1.0
"""Dead letters that are kept of a flood that does not end."""
_RETRY_S = 1.0


class Gate(Protocol):
    """Where messages come from, so far as it can be held back and answered."""

    def acknowledge(self, tickets: list[int]) -> None:
        """Say that these messages are durable."""
        ...


class Counts(msgspec.Struct):
    """What came in since the start.

    Args:
        received: messages.
        rejected: messages with a fault; each is a dead letter.
        unkept: those of them that came in such a flood that they are only counted.
        duplicates: redelivered messages that were committed before.
        held: messages of devices that wait for approval.
        dropped: messages of rejected devices.
    """

    received: int = 0
    rejected: int = 0
    unkept: int = 0
    duplicates: int = 0
    held: int = 0
    dropped: int = 0


class _Read(NamedTuple):
    """What a message says, what is wrong with it, and whether it may name a person."""

    patches: list[Patch]
    fault: str | None
    private: bool = False


class _Message(msgspec.Struct, gc=False):
    patches: list[Patch]
    receipt: bytes | None
    letter: Letter | None
    gate: Gate | None
    ticket: int


class _Group:
    def __init__(self) -> None:
        self.messages: list[_Message] = []
        self.size = 0


class Intake:
    """Takes the messages of every connection in.

    Args:
        router: finds the decoder of a topic.
        ingest: commits observations.
        received: whether a message with a receipt was committed lately.
        clocks: say when a message arrived.
        most_messages, most_bytes: beyond this much uncommitted, `full` is true.

    Attributes:
        fleeting: hands on what private profiles observe. Of their messages nothing else is kept:
            no payload where there is a fault, and no receipt, which could be guessed back.
    """

    def __init__(
        self,
        router: Router,
        ingest: Ingest,
        *,
        received: Callable[[bytes], bool],
        clocks: PlantClocks,
        most_messages: int = 20_000,
        most_bytes: int = 64 << 20,
    ) -> None:
        self.router = router
        self.clocks = clocks
        self.counts = Counts()
        self.fleeting = Fleeting()
        self.trouble = ""
        self._ingest = ingest
        self._received = received
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._groups: deque[_Group] = deque()
        self._waiting: set[bytes] = set()
        self._messages = 0
        self._bytes = 0
        self._saved_at = 0
        self._allowance = Allowance(LETTERS, LETTERS_A_SECOND)
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._on_room: list[Callable[[], None]] = []

    @property
    def full(self) -> bool:
        """Whether so much is uncommitted that no more should be read."""
        return self._messages >= self._most_messages or self._bytes >= self._most_bytes

    def on_room(self, resume: Callable[[], None]) -> None:
        """Name a function that is called after a commit when there is room again."""
        self._on_room.append(resume)

    def take(
        self,
        topic: str,
        payload: bytes,
        *,
        gate: Gate | None = None,
        ticket: int = 0,
        receipt: bytes | None = None,
        redelivered: bool = False,
    ) -> None:
        """Decode a message and put it into the next commit.

        Args:
            topic, payload: as they came.
            gate, ticket: told together once the message is durable.
            receipt: key of the message, to recognise it when it comes again.
            redelivered: whether the sender says that it may have come before.
        """
        self.counts.received += 1
        if redelivered and receipt is not None and self._is_duplicate(receipt):
            self.counts.duplicates += 1
            self._put(_Message([], None, None, gate, ticket), 0)
            return
        read = self._decode(topic, payload)
        size = len(payload)
        if read.private:
            payload, receipt = withheld(size), None
        letter = None if read.fault is None else self._letter(topic, payload, read.fault)
        self._put(_Message(read.patches, receipt, letter, gate, ticket), size)

    async def resubmit(self, topic: str, payload: bytes) -> int:
        """Take a message in again that was put aside before.

        Returns:
            How many observations were new, once they are durable.

        Raises:
            ConnectError: it still cannot be understood.
            StoreError: it could not be kept.
        """
        read = self._decode(topic, payload)
        if read.fault is not None:
            hint = "its payload was not kept, as it may name a person" if read.private else None
            raise ConnectError(f"{topic}: {read.fault}", hint=hint)
        return await self._ingest.observe(read.patches)

    async def run(self) -> None:
        """Commit group after group, until cancelled."""
        clock = asyncio.get_running_loop().time
        begun = -BREATH_S
        while True:
            await self._filled.wait()
            early = begun + BREATH_S - clock()
            if early > 0 and len(self._groups[0].messages) < GROUP:
                await asyncio.sleep(early)
            begun = clock()
            group = self._groups[0]
            if self._groups[-1] is group:
                self._groups.append(_Group())
            await self._commit(group.messages)
            await self._save_devices()
            self._groups.popleft()
            self._settle(group)

    async def drain(self) -> None:
        """Wait until everything that was taken is durable."""
        await self._empty.wait()

    async def _save_devices(self) -> None:
        now = self.clocks.wall.now()
        if now - self._saved_at < SAVE_S * SECOND:
            return
        try:
            await self.router.devices.save()
        except StoreError as error:
            logger.error("unknown devices are not saved: %s", error)
        else:
            self._saved_at = now

    def _is_duplicate(self, receipt: bytes) -> bool:
        return receipt in self._waiting or self._received(receipt)

    def _put(self, message: _Message, size: int) -> None:
        if not self._groups or len(self._groups[-1].messages) >= GROUP:
            self._groups.append(_Group())
        group = self._groups[-1]
        group.messages.append(message)
        group.size += size
        self._messages += 1
        self._bytes += size
        if message.receipt is not None:
            self._waiting.add(message.receipt)
        self._empty.clear()
        self._filled.set()

    def _decode(self, topic: str, payload: bytes) -> _Read:
        route = self.router.route(topic)
        if isinstance(route, Accepted):
            now = self.clocks.of(route.decoder.profile.clock).now()
            decoded = route.decoder.decode(payload, now)
            if decoded.fleeting:
                self.fleeting.put(decoded.fleeting)
            fault = "; ".join(decoded.faults[:5]) or None
            return _Read(decoded.patches, fault, route.decoder.profile.private)
        if isinstance(route, Held):
            self.counts.held += 1
            self.router.devices.hold(
                route.device,
                topic=topic,
                profile=route.profile,
                payload=None if route.private else payload,
            )
            return _Read([], None, route.private)
        if isinstance(route, Astray):
            return _Read([], route.reason, route.private)
        self.counts.dropped += 1
        return _Read([], None, route.private)

    def _letter(self, topic: str, payload: bytes, reason: str) -> Letter | None:
        self.counts.rejected += 1
        now = self.clocks.wall.now()
        if not self._allowance.take(now):
            self.counts.unkept += 1
            return None
        return Letter(BOX, topic, reason, payload[:LONGEST_BODY], now)

    async def _commit(self, messages: list[_Message]) -> None:
        while True:
            try:
                await self._observe(messages)
            except StoreError as error:
                self.trouble = str(error)
                logger.error("nothing can be committed, trying again: %s", error)
                await asyncio.sleep(_RETRY_S)
            except KotaError as error:
                await self._commit_alone(messages, error)
                return
            else:
                self.trouble = ""
                return

    async def _commit_alone(self, messages: list[_Message], error: KotaError) -> None:
        """Commit one by one, so that a message that is refused stops no other."""
        if len(messages) > 1:
            for message in messages:
                await self._commit([message])
            return
        (message,) = messages
        if not message.patches:
            raise error
        patch = message.patches[0]
        letter = Letter(
            BOX, patch.entity_id, str(error), msgspec.json.encode(patch), self.clocks.wall.now()
        )
        self.counts.rejected += 1
        await self._commit([_Message([], message.receipt, letter, None, 0)])

    async def _observe(self, messages: list[_Message]) -> None:
        patches = [patch for message in messages for patch in message.patches]
        receipts = [one.receipt for one in messages if one.receipt is not None]
        letters = [one.letter for one in messages if one.letter is not None]
        if patches or receipts or letters:
            await self._ingest.observe(patches, receipts=receipts, letters=letters)

    def _settle(self, group: _Group) -> None:
        tickets: dict[int, tuple[Gate, list[int]]] = {}
        for message in group.messages:
            if message.receipt is not None:
                self._waiting.discard(message.receipt)
            if message.gate is not None:
                gate = message.gate
                tickets.setdefault(id(gate), (gate, []))[1].append(message.ticket)
        for gate, numbers in tickets.values():
            gate.acknowledge(numbers)
        was_full = self.full
        self._messages -= len(group.messages)
        self._bytes -= group.size
        if self._messages == 0:
            self._filled.clear()
            self._empty.set()
        if was_full and not self.full:
            for resume in self._on_room:
                resume()


def withheld(size: int) -> bytes:
    """What a dead letter keeps of a payload [bytes] that may name a person.

    >>> withheld(412)
    b'{"withheldBytes":412}'
    """
    return msgspec.json.encode({"withheldBytes": size})


def receipt_of(topic: str, payload: bytes, packet_id: int) -> bytes:
    """Key that a message keeps when its broker delivers it again."""
    digest = blake2b(payload, digest_size=12, person=packet_id.to_bytes(2, "big"))
    digest.update(topic.encode("utf-8", "surrogateescape"))
    return digest.digest()
