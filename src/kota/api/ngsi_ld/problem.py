"""Errors as problem documents with the standard's types (ETSI GS CIM 009 V1.9.1, clause 6.3.2)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.access.tenant import NonexistentTenantError
from kota.api.ngsi_ld.reply import Reply
from kota.errors import (
    AlreadyExistsError,
    BadRequestDataError,
    ConflictError,
    ConnectError,
    ContextUnavailableError,
    ForbiddenError,
    InvalidRequestError,
    KotaError,
    NotFoundError,
    NotReadyError,
    NotSupportedError,
    QuotaError,
    StoreError,
    TooComplexError,
    TooManyResultsError,
    UnrecognisedError,
)

ERRORS: Final = "https://uri.etsi.org/ngsi-ld/errors/"


class Problem(msgspec.Struct, frozen=True):
    """One row of the standard's table of errors; without a name where the standard has none."""

    name: str
    status: int
    title: str


INVALID_REQUEST: Final = Problem("InvalidRequest", 400, "Invalid request")
INTERNAL_ERROR: Final = Problem("InternalError", 500, "Internal error")

_TABLE: Final[tuple[tuple[type[KotaError], Problem], ...]] = (
    (BadRequestDataError, Problem("BadRequestData", 400, "Bad request data")),
    (InvalidRequestError, INVALID_REQUEST),
    (NotFoundError, Problem("ResourceNotFound", 404, "Resource not found")),
    (AlreadyExistsError, Problem("AlreadyExists", 409, "Already exists")),
    (ConflictError, Problem("Conflict", 409, "Conflict")),
    (NotSupportedError, Problem("OperationNotSupported", 422, "Operation not supported")),
    (TooComplexError, Problem("TooComplexQuery", 403, "Too complex query")),
    (TooManyResultsError, Problem("TooManyResults", 403, "Too many results")),
    (
        ContextUnavailableError,
        Problem("LdContextNotAvailable", 504, "JSON-LD context not available"),
    ),
    (NotReadyError, Problem("NotReady", 409, "Not ready")),
    (StoreError, INTERNAL_ERROR),
    (UnrecognisedError, Problem("", 401, "Unauthorized")),
    (NonexistentTenantError, Problem("NonexistentTenant", 404, "Nonexistent tenant")),
    (QuotaError, Problem("", 429, "Too Many Requests")),
    (ConnectError, Problem("", 503, "Service Unavailable")),
    (ForbiddenError, Problem("", 403, "Forbidden")),
)


class RefusedError(InvalidRequestError):
    """A request that HTTP itself has a status for.

    Args:
        status: for example 405, 406, 413 or 415.
        title: the name of that status.
        message: what is wrong and what to do.
        headers: further headers of the answer, for example ``allow``.
    """

    def __init__(
        self,
        status: int,
        title: str,
        message: str,
        *,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.title = title
        self.headers = headers


class ElsewhereError(KotaError):
    """Another broker did not do its part.

    Args:
        status: of HTTP.
        title: in few words.
        message: which source, and what was wrong.
        name: of the standard's error, where the source named one.
    """

    def __init__(self, status: int, title: str, message: str, *, name: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(name, status, title)


class LoopError(ElsewhereError):
    """A request came back that this server had forwarded; it would go round without end."""

    def __init__(self, message: str) -> None:
        super().__init__(508, "Loop detected", message)


def problem_of(error: KotaError) -> Problem:
    """The row of the standard's table that an error belongs to."""
    if isinstance(error, RefusedError):
        return Problem("InvalidRequest", error.status, error.title)
    if isinstance(error, ElsewhereError):
        return error.problem
    for kind, problem in _TABLE:
        if isinstance(error, kind):
            return problem
    return INTERNAL_ERROR


def details(error: KotaError) -> dict[str, Any]:
    """The problem document of an error, also as it stands in a batch result."""
    problem = problem_of(error)
    return {
        "type": ERRORS + problem.name if problem.name else "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": str(error),
    }


def problem_reply(error: KotaError) -> Reply:
    """The answer that tells of an error."""
    body = details(error)
    headers = error.headers if isinstance(error, RefusedError) else ()
    if isinstance(error, QuotaError) and error.wait_s is not None:
        headers = ((b"retry-after", b"%d" % error.wait_s),)
    if isinstance(error, UnrecognisedError):
        headers = ((b"www-authenticate", b'Bearer realm="Kota"'),)
    return Reply(
        body["status"],
        msgspec.json.encode(body),
        ((b"content-type", b"application/problem+json"), *headers),
    )
