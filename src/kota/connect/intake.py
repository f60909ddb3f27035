"""From messages to commits: decode and commit in groups, then say so.

While one group is being committed the next one fills, so a group is as large as the store is
slow: one message when nothing else comes, a thousand in a flood. Messages wait as they came and are
decoded shortly before their commit, so that what is made of them is still in the processor's cache
when it is merged and written.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

import msgspec

from kota.connect.allowance import Allowance
from kota.connect.commit_group import CommitGroup, Gate, Message, WriteLetter
from kota.connect.fleeting import Fleeting
from kota.connect.plant_clocks import PlantClocks
from kota.connect.pseudonyms import withheld
from kota.connect.router import Accepted, Astray, Held, Router
from kota.context.ingest import Ingest
from kota.errors import ConnectError, KotaError, StoreError, UnkeepableError
from kota.model.instant import SECOND
from kota.store.state import Letter

logger = logging.getLogger(__name__)

BOX: Final = "ingest"
GROUP: Final = 1_000
"""Most messages in one commit."""
BREATH_S: Final = 0.01
"""Seconds from the begin of one commit to the next under load: many small ones cost more."""
AHEAD_S: Final = 0.001
"""Seconds after the begin of a commit when the next group is decoded: the store writes by then."""
LONGEST_BODY: Final = 1 << 16
"""Bytes of an undecodable payload that its dead letter keeps."""
SAVE_S: Final = 5.0
"""Seconds between two writes of what unknown devices sent."""
LETTERS: Final = 10_000
"""Dead letters that are kept in one flood of messages with faults."""
LETTERS_A_SECOND: Final = 1.0
"""Dead letters that are kept of a flood that does not end."""
_RETRY_S = 1.0


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
        self._groups: deque[CommitGroup] = deque()
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
        """Put a message into the next commit.

        Args:
            topic, payload: as they came.
            gate, ticket: told together once the message is durable.
            receipt: key of the message, to recognise it when it comes again.
            redelivered: whether the sender says that it may have come before.
        """
        self.counts.received += 1
        if redelivered and receipt is not None and self._is_duplicate(receipt):
            self.counts.duplicates += 1
            message, size = Message(topic, b""), 0
        else:
            message, size = self._message(topic, payload, receipt, self._put_aside), len(payload)
        group = self._put(message, size)
        if gate is not None:
            group.answer(gate, ticket)

    def behind(self, act: Callable[[], None]) -> None:
        """Call a function once everything that was taken so far is durable."""
        if self._messages == 0:
            act()
        else:
            last = next(group for group in reversed(self._groups) if group.messages)
            last.afterwards.append(act)

    async def resubmit(self, topic: str, payload: bytes) -> int:
        """Take a message in again that was put aside before.

        Returns:
            How many observations were new, once they are durable.

        Raises:
            ConnectError: it still cannot be understood.
            StoreError: it could not be kept.
        """
        message = self._message(topic, payload, None, self._letter)
        message.decode(self._letter)
        if message.letter is not None:
            private = self.router.route(topic).private
            hint = "its payload was not kept, as it may name a person" if private else None
            raise ConnectError(f"{topic}: {message.letter.reason}", hint=hint)
        self.fleeting.put(message.fleeting)
        return await self._ingest.observe(message.patches)

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
                self._groups.append(CommitGroup())
            group.decode(self._put_aside)
            await asyncio.gather(self._commit(group), self._decode_ahead())
            await self._save_devices()
            self._groups.popleft()
            self._settle(group)

    async def _decode_ahead(self) -> None:
        """Decode what waits for the next commit while the store writes this one."""
        group = self._groups[1]
        if group.messages:
            await asyncio.sleep(AHEAD_S)
            group.decode(self._put_aside)

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

    def _put(self, message: Message, size: int) -> CommitGroup:
        if not self._groups or len(self._groups[-1].messages) >= GROUP:
            self._groups.append(CommitGroup())
        group = self._groups[-1]
        group.messages.append(message)
        group.size += size
        if self._messages == 0:
            self._empty.clear()
            self._filled.set()
        self._messages += 1
        self._bytes += size
        if message.receipt is not None:
            self._waiting.add(message.receipt)
        return group

    def _message(
        self, topic: str, payload: bytes, receipt: bytes | None, letter: WriteLetter
    ) -> Message:
        """A message with what is to become of it."""
        route = self.router.route(topic)
        if route.private:
            receipt = None
        if isinstance(route, Accepted):
            decoder = route.decoder
            at = self.clocks.of(decoder.clock).now()
            return Message(topic, payload, receipt, decoder, at)
        message = Message(topic, payload, receipt)
        if isinstance(route, Held):
            self.counts.held += 1
            self.router.devices.hold(
                route.device,
                topic=topic,
                profile=route.profile,
                payload=None if route.private else payload,
            )
        elif isinstance(route, Astray):
            kept = withheld(len(payload)) if route.private else payload
            message.letter = letter(topic, kept, route.reason)
        else:
            self.counts.dropped += 1
        return message

    def _put_aside(self, topic: str, payload: bytes, reason: str) -> Letter | None:
        self.counts.rejected += 1
        if not self._allowance.take(self.clocks.wall.now()):
            self.counts.unkept += 1
            return None
        return self._letter(topic, payload, reason)

    def _letter(self, topic: str, payload: bytes, reason: str) -> Letter:
        return Letter(BOX, topic, reason, payload[:LONGEST_BODY], self.clocks.wall.now())

    async def _commit(self, group: CommitGroup) -> None:
        while True:
            try:
                if not group.empty:
                    await self._ingest.observe(
                        group.patches, receipts=group.receipts, letters=group.letters
                    )
            except KotaError as error:
                if group.patches and _lies_in_the_data(error):
                    await self._commit_alone(group, error)
                    return
                self.trouble = str(error)
                logger.error("nothing can be committed, trying again: %s", error)
                await asyncio.sleep(_RETRY_S)
            else:
                self.trouble = ""
                return

    async def _commit_alone(self, group: CommitGroup, error: KotaError) -> None:
        """Commit one by one, so that a message that is refused stops no other."""
        if len(group.messages) > 1:
            for message in group.messages:
                await self._commit_again(message)
            return
        (message,) = group.messages
        private = self.router.route(message.topic).private
        payload = withheld(len(message.payload)) if private else message.payload
        message.letter = self._put_aside(message.topic, payload, str(error))
        message.patches = []
        await self._commit_again(message)

    async def _commit_again(self, message: Message) -> None:
        group = CommitGroup(message)
        group.decode(self._put_aside)
        await self._commit(group)

    def _settle(self, group: CommitGroup) -> None:
        for message in group.messages:
            if message.fleeting:
                self.fleeting.put(message.fleeting)
        self._waiting.difference_update(group.receipts)
        for gate, tickets in group.tickets.items():
            gate.acknowledge(tickets)
        for act in group.afterwards:
            act()
        was_full = self.full
        self._messages -= len(group.messages)
        self._bytes -= group.size
        if self._messages == 0:
            self._filled.clear()
            self._empty.set()
        if was_full and not self.full:
            for resume in self._on_room:
                resume()


def _lies_in_the_data(error: KotaError) -> bool:
    """Whether trying again cannot help."""
    return isinstance(error, UnkeepableError) or not isinstance(error, StoreError)


def receipt_of(topic: str, payload: bytes, packet_id: int) -> bytes:
    """Key that a message keeps when its broker delivers it again."""
    digest = blake2b(payload, digest_size=12, person=packet_id.to_bytes(2, "big"))
    digest.update(topic.encode("utf-8", "surrogateescape"))
    return digest.digest()
