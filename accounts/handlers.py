"""What accounts send to people. External: outside any transaction, at least once."""

import logging
from uuid import UUID

from accounts.codes import digits_of
from accounts.events import (
    CodeIssued,
    IdentifierChanged,
    IdentifierTaken,
    PasswordChanged,
    RefreshTokenReused,
)
from accounts.messages import best_contact, send_code_message, send_notice
from accounts.models import OneTimeCode, User
from marketplace.common.outbox.registry import handles

logger = logging.getLogger(__name__)


@handles(CodeIssued, external=True)
def send_code(event: CodeIssued) -> None:
    """Send a code that still lives; one that expired or was replaced meanwhile stays unsent."""
    code = OneTimeCode.objects.live().select_related("user").filter(pk=event.code_id).first()
    if code is None:
        return
    send_code_message(
        channel=code.channel,
        to=code.destination,
        language=code.user.language,
        purpose=code.purpose,
        digits=digits_of(code),
    )


@handles(IdentifierTaken, external=True)
def tell_owner_of_registration(event: IdentifierTaken) -> None:
    user = User.objects.open().filter(pk=event.user_id).first()
    if user is None:
        return
    to = user.email if event.channel == "email" else user.phone_number
    if to:
        send_notice("taken", channel=event.channel, to=to, language=user.language)


@handles(PasswordChanged, external=True)
def tell_owner_of_password(event: PasswordChanged) -> None:
    _tell(event.user_id, "password")


@handles(RefreshTokenReused, external=True)
def tell_owner_of_reuse(event: RefreshTokenReused) -> None:
    logger.warning("Refresh token reused: session %s of user %s", event.session_id, event.user_id)
    _tell(event.user_id, "reused")


@handles(IdentifierChanged, external=True)
def tell_old_contact(event: IdentifierChanged) -> None:
    user = User.objects.filter(pk=event.user_id).first()
    if user is not None:
        send_notice(
            "contact", channel=event.channel, to=event.old_destination, language=user.language
        )


def _tell(user_id: UUID, notice: str) -> None:
    user = User.objects.open().filter(pk=user_id).first()
    contact = best_contact(user) if user else None
    if user is not None and contact is not None:
        send_notice(notice, channel=contact[0], to=contact[1], language=user.language)
