"""What accounts tell the rest of the site."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class CodeIssued(Event):
    """A one-time code waits to be sent; the handler derives its digits from the row."""

    topic = "accounts.code_issued"
    code_id: UUID


@dataclass(frozen=True)
class IdentifierTaken(Event):
    """Somebody tried to register with the phone number (`sms`) or mailbox of this account."""

    topic = "accounts.identifier_taken"
    user_id: UUID
    channel: str


@dataclass(frozen=True)
class UserVerified(Event):
    """A new account was confirmed by its first code."""

    topic = "accounts.user_verified"
    user_id: UUID


@dataclass(frozen=True)
class RefreshTokenReused(Event):
    """A spent refresh token was presented: the sign-in was ended, as one of two is a thief."""

    topic = "accounts.refresh_token_reused"
    session_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class PasswordChanged(Event):
    """The password was changed or reset."""

    topic = "accounts.password_changed"
    user_id: UUID


@dataclass(frozen=True)
class IdentifierChanged(Event):
    """The phone number or e-mail address was replaced; the old one is told."""

    topic = "accounts.identifier_changed"
    user_id: UUID
    channel: str
    old_destination: str


@dataclass(frozen=True)
class UserSuspended(Event):
    topic = "accounts.user_suspended"
    user_id: UUID
    reason: str


@dataclass(frozen=True)
class UserReinstated(Event):
    topic = "accounts.user_reinstated"
    user_id: UUID


@dataclass(frozen=True)
class AccountClosed(Event):
    """An account was closed and anonymised; higher apps drop what they hold only for it."""

    topic = "accounts.closed"
    user_id: UUID
