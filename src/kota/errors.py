"""The one tree of errors: each message says what is wrong, where, and what to do."""

from __future__ import annotations


class KotaError(Exception):
    """Anything that Kota refuses or fails to do, in words for the person who asked.

    Args:
        message: what is wrong and where.
        hint: what to do about it, if Kota knows.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class BadRequestDataError(KotaError):
    """The content of a request is not valid NGSI-LD; nothing was changed."""


class InvalidRequestError(KotaError):
    """The request itself cannot be understood (malformed JSON, unknown option)."""


class InputError(InvalidRequestError):
    """A table, file or drawing that was given cannot be worked on; says the row and the reason."""


class NotFoundError(KotaError):
    """What was asked for does not exist."""


class AlreadyExistsError(KotaError):
    """What was to be created is there already."""


class ConflictError(KotaError):
    """The change contradicts the present state."""


class UnrecognisedError(KotaError):
    """Nobody knows who asks: no credentials, or such as hold no more."""


class ForbiddenError(KotaError):
    """Whoever asks may not do this, here or for this purpose."""


class NotSupportedError(KotaError):
    """The standard knows this operation; this server does not offer it."""


class TooComplexError(KotaError):
    """The query would cost more than the server grants to one request."""


class TooManyResultsError(KotaError):
    """The answer would be larger than the server grants to one request."""


class ContextUnavailableError(KotaError):
    """A JSON-LD context could not be had or is not a context."""


class QuotaError(KotaError):
    """A tenant may not use more than it does.

    Args:
        message, hint: as everywhere.
        wait_s: after how many seconds there is room again; None: not by waiting.
    """

    def __init__(self, message: str, *, hint: str | None = None, wait_s: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.wait_s = wait_s


class StoreError(KotaError):
    """The store could not keep or give what was asked (disk full, damaged file)."""


class UnkeepableError(StoreError):
    """A value that no store can keep: what was committed with it may be tried again, it may not."""


class ConfigurationError(KotaError):
    """A configuration, profile or map is wrong; names its file and line."""


class ConnectError(KotaError):
    """A device, broker or file could not be reached or understood."""


class SolutionError(KotaError):
    """A solution is missing something or breaks its contract."""


class NotReadyError(SolutionError):
    """What a task works on is not there yet; it waits, and nothing is wrong."""
