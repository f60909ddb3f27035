"""Reading a query text from left to right, with errors that say where."""

from __future__ import annotations

from typing import NoReturn

from kota.errors import BadRequestDataError, TooComplexError

MAX_LENGTH = 8192
MAX_DEPTH = 32


class Cursor:
    """A place in a query text.

    Args:
        text: what is read.
        parameter: the name of the query parameter, for messages.

    Raises:
        TooComplexError: the text is longer than `MAX_LENGTH` characters.
    """

    __slots__ = ("at", "depth", "parameter", "text")

    def __init__(self, text: str, parameter: str) -> None:
        if len(text) > MAX_LENGTH:
            raise TooComplexError(
                f"{parameter}: {len(text)} characters long",
                hint=f"at most {MAX_LENGTH} are read",
            )
        self.text = text
        self.parameter = parameter
        self.at = 0
        self.depth = 0

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self.at >= len(self.text)

    def peek(self) -> str:
        """The next character, or an empty text at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, token: str) -> bool:
        """Step over `token` if it comes next."""
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def take_until(self, stops: str) -> str:
        """Everything up to the next of these characters, or the end."""
        start = self.at
        text, end = self.text, len(self.text)
        while self.at < end and text[self.at] not in stops:
            self.at += 1
        return text[start : self.at]

    def enter(self) -> None:
        """Step over an opening parenthesis.

        Raises:
            TooComplexError: more than `MAX_DEPTH` are open.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooComplexError(
                f"{self.parameter}: parentheses nest deeper than {MAX_DEPTH} "
                f"at position {self.at + 1}",
                hint="split the query",
            )
        self.at += 1

    def leave(self) -> None:
        """Step over the closing parenthesis that must come next."""
        if not self.take(")"):
            self.refuse("expected ')'")
        self.depth -= 1

    def refuse(self, why: str, *, at: int | None = None) -> NoReturn:
        """Raise a `BadRequestDataError` that names this place (or `at`) in the text."""
        place = self.at if at is None else at
        found = repr(self.text[place : place + 20]) if place < len(self.text) else "the end"
        raise BadRequestDataError(f"{self.parameter}: {why} at position {place + 1}, found {found}")
