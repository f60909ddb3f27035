"""Messages that are committed together, and what is made of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import islice
from typing import Protocol

import msgspec

from kota.connect.decoder import Decoded, Decoder
from kota.connect.pseudonyms import withheld
from kota.context.ingest import Patch
from kota.store.state import Letter

logger = logging.getLogger(__name__)

WriteLetter = Callable[[str, bytes, str], "Letter | None"]
"""Makes a dead letter of topic, payload and fault; None where it is only counted."""


class Gate(Protocol):
    """Where messages come from, so far as it can be held back and answered."""

    def acknowledge(self, tickets: list[int]) -> None:
        """Say that these messages are durable."""
        ...


class Message(msgspec.Struct, gc=False):
    """A message that waits for its commit.

    Args:
        topic, payload: as they came.
        receipt: key of the message.
        decoder: what is to decode it; None where nothing is, or it has been decoded.
        at: when it arrived, by the clock that its decoder follows.
        patches: what it says, once it is decoded.
        letter: kept with it.
        fleeting: what it says and no store may see.
    """

    topic: str
    payload: bytes
    receipt: bytes | None = None
    decoder: Decoder | None = None
    at: int = 0
    patches: list[Patch] = []
    letter: Letter | None = None
    fleeting: list[Patch] = []

    def decode(self, letter: WriteLetter) -> None:
        """Find out what it says, once; what cannot be understood becomes a letter."""
        if self.decoder is None:
            return
        private = self.decoder.profile.private
        try:
            decoded = self.decoder.decode(self.payload, self.at)
        except Exception as error:
            what = type(error).__name__ if private else repr(error)
            if private:
                logger.error("the decoder of %s failed: %s", self.topic, what)
            else:
                logger.exception("the decoder of %s failed", self.topic)
            decoded = Decoded([], [f"the decoder failed: {what}"])
        self.decoder = None
        self.patches, self.fleeting = decoded.patches, decoded.fleeting
        if decoded.faults:
            payload = withheld(len(self.payload)) if private else self.payload
            self.letter = letter(self.topic, payload, "; ".join(decoded.faults[:5]))


class CommitGroup:
    """What is committed together, in the order of arrival.

    Args:
        messages: that it begins with.
    """

    def __init__(self, *messages: Message) -> None:
        self.messages = [*messages]
        self.size = 0
        self.tickets: dict[Gate, list[int]] = {}
        self.patches: list[Patch] = []
        self.receipts: list[bytes] = []
        self.letters: list[Letter] = []
        self.afterwards: list[Callable[[], None]] = []
        self._decoded = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is to be kept of what was decoded so far."""
        return not (self.patches or self.receipts or self.letters)

    def answer(self, gate: Gate, ticket: int) -> None:
        """Name whom to tell when the group is durable."""
        tickets = self.tickets.get(gate)
        if tickets is None:
            tickets = self.tickets[gate] = []
        tickets.append(ticket)

    def decode(self, letter: WriteLetter) -> None:
        """Decode the messages that came since the last time."""
        for message in islice(self.messages, self._decoded, None):
            message.decode(letter)
            self.patches += message.patches
            if message.receipt is not None:
                self.receipts.append(message.receipt)
            if message.letter is not None:
                self.letters.append(message.letter)
        self._decoded = len(self.messages)
