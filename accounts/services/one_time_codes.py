"""Issue and spend one-time codes."""

import hmac
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.codes import digits_of
from accounts.constants import (
    DAY_SECONDS,
    OTP_MAX_ATTEMPTS,
    OTP_REPEAT_SECONDS,
    OTP_TTL_SECONDS,
    QUARTER_SECONDS,
    SENDS_PER_DAY,
    SENDS_PER_QUARTER,
    CodePurpose,
)
from accounts.errors import InvalidCode
from accounts.events import CodeIssued
from accounts.identifiers import channel_of
from accounts.models import OneTimeCode, User
from marketplace.common.errors import TooManyAttempts
from marketplace.common.limits.services import check_limit, uncount
from marketplace.common.outbox.services import publish


def may_send(destination: str) -> bool:
    """Count one message to a destination; False when it has had its share.

    Call it outside any transaction. Callers answer as if the message went out: a refusal would
    tell that somebody is registered there.
    """
    quarter = {"limit": SENDS_PER_QUARTER, "window_seconds": QUARTER_SECONDS}
    try:
        check_limit("send", destination, **quarter)
    except TooManyAttempts:
        return False
    try:
        check_limit("send_day", destination, limit=SENDS_PER_DAY, window_seconds=DAY_SECONDS)
    except TooManyAttempts:
        uncount("send", destination, window_seconds=QUARTER_SECONDS)
        return False
    return True


def was_just_sent(user_id: UUID, purpose: CodePurpose, destination: str) -> bool:
    """Tell whether a live code is so fresh that a second request is a double click."""
    return (
        OneTimeCode.objects.live()
        .filter(
            user_id=user_id,
            purpose=purpose,
            destination=destination,
            created_at__gt=timezone.now() - timedelta(seconds=OTP_REPEAT_SECONDS),
        )
        .exists()
    )


def issue_code(
    user: User, purpose: CodePurpose, destination: str, *, is_sent: bool = True
) -> OneTimeCode:
    """Replace the account's live code for a purpose by a new one, to be sent after the commit.

    One that is not sent is for show: nobody knows its digits.
    Locks: `user` must be locked by the caller, which keeps two codes from living at once.
    Publishes: accounts.code_issued.
    """
    channel = channel_of(destination)
    old = OneTimeCode.objects.filter(user=user, purpose=purpose)
    if purpose == CodePurpose.CHANGE_IDENTIFIER:
        old = old.filter(channel=channel)
    old.kill()
    code = OneTimeCode.objects.create(
        user=user,
        purpose=purpose,
        channel=channel,
        destination=destination,
        expires_at=timezone.now() + timedelta(seconds=OTP_TTL_SECONDS),
    )
    if is_sent:
        publish(CodeIssued(code_id=code.pk))
    return code


def check_code(
    user_id: UUID | None, purpose: CodePurpose, destination: str, digits: str
) -> OneTimeCode:
    """Count one try and return the live code when the digits are its own.

    Call it outside any transaction: a wrong try must stay counted. The count is one conditional
    UPDATE, so that a thousand tries at once are five.
    Raises: InvalidCode.
    """
    code = (
        OneTimeCode.objects.live()
        .filter(user_id=user_id, purpose=purpose, destination=destination)
        .order_by("-id")
        .first()
        if user_id is not None
        else None
    )
    if code is None:
        raise InvalidCode
    counted = (
        OneTimeCode.objects.live()
        .filter(pk=code.pk, attempts__lt=OTP_MAX_ATTEMPTS)
        .update(attempts=F("attempts") + 1, updated_at=Now())
    )
    if not counted or not hmac.compare_digest(digits_of(code), digits):
        raise InvalidCode
    return code


def spend_code(code: OneTimeCode) -> None:
    """Use a checked code up, in the transaction of what it allows. Raises: InvalidCode."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("spend_code() needs the transaction of what the code allows")
    if OneTimeCode.objects.live().filter(pk=code.pk).kill() != 1:
        raise InvalidCode
