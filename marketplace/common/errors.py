"""Errors of the domain. Services raise them; `marketplace.common.api.errors` alone knows HTTP."""

from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of refusal an error is; the API maps each to one status code."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    UNPROCESSABLE = "unprocessable"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """A refusal that the caller can understand and act upon.

    `code` is stable and documented; `message` says what would be right; `details` are the
    contract's rows `{"field", "code", "message", ...}`; `retry_after` is in seconds.
    """

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "conflict"
    message: ClassVar[str] = "The request conflicts with the present state."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.details = details or []
        self.retry_after = retry_after


class InvalidInput(DomainError):
    """Input that only the service can judge; `field` names the culprit."""

    kind = Kind.INVALID
    code = "validation_error"
    message = "The request is not valid."

    def __init__(self, field: str, message: str, *, code: str = "invalid") -> None:
        super().__init__(message, details=[{"field": field, "code": code, "message": message}])


class Forbidden(DomainError):
    """The caller is known, and may not."""

    kind = Kind.FORBIDDEN


class NotFound(DomainError):
    """Missing, hidden, or somebody else's: the three look the same from outside."""

    kind = Kind.NOT_FOUND
    code = "not_found"
    message = "Not found."


class InvalidTransition(DomainError):
    """The state machine has no such step from the present state."""

    code = "invalid_transition"
    message = "This step is not possible in the present state."


class TooManyAttempts(DomainError):
    """A security limit is used up; the counters live in PostgreSQL and hold under concurrency."""

    kind = Kind.THROTTLED
    code = "throttled"
    message = "Too many attempts. Try again later."
