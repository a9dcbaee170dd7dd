"""Forgotten, reset and changed passwords."""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.constants import Channel, CodePurpose
from accounts.errors import InvalidCode, NotAllowed
from accounts.events import PasswordChanged
from accounts.models import OneTimeCode, Session, User
from accounts.password_rules import check_new_password
from accounts.services.one_time_codes import (
    check_code,
    issue_code,
    may_send,
    spend_code,
    was_just_sent,
)
from accounts.services.registration import is_proven, mark_proven
from accounts.services.sessions import confirm_password, end_connections
from marketplace.common import live
from marketplace.common.errors import NotFound
from marketplace.common.outbox.services import publish


def request_password_reset(identifier: str) -> None:
    """Send a reset code to an identifier that stands for an open account; else do nothing.

    Publishes: accounts.code_issued.
    """
    user = User.objects.open().identified_by(identifier).first()
    can_send = may_send(identifier)
    if user is None or not can_send or not _reaches_owner(user, identifier):
        return
    with transaction.atomic():
        user = User.objects.lock(user.pk)
        if not was_just_sent(user.pk, CodePurpose.RESET_PASSWORD, identifier):
            issue_code(user, CodePurpose.RESET_PASSWORD, identifier)


def _reaches_owner(user: User, identifier: str) -> bool:
    """An unconfirmed second mailbox may be a stranger's: no code for this account goes there."""
    return not user.is_verified or is_proven(user, identifier)


def reset_password(identifier: str, digits: str, new_password: str) -> None:
    """Set a new password by a reset code; every sign-in ends and no code survives.

    Raises: InvalidInput for a weak password, InvalidCode.
    Publishes: accounts.password_changed.
    """
    check_new_password("new_password", new_password, None)
    user_id = User.objects.open().identified_by(identifier).values_list("pk", flat=True).first()
    code = check_code(user_id, CodePurpose.RESET_PASSWORD, identifier, digits)
    with transaction.atomic():
        user = User.objects.lock(code.user_id)
        spend_code(code)
        if not user.is_active or identifier not in {user.email, user.phone_number}:
            raise InvalidCode
        if not _reaches_owner(user, identifier):  # the other one was confirmed meanwhile
            raise InvalidCode
        check_new_password("new_password", new_password, user)
        _store(user, new_password)
        mark_proven(user, Channel(code.channel))


def change_password(
    user_id: UUID, *, current_password: str, new_password: str, keep_session: UUID | None
) -> None:
    """Change one's own password; every sign-in but `keep_session` ends.

    Raises: InvalidInput for the wrong present or a weak new password; TooManyAttempts.
    Publishes: accounts.password_changed.
    """
    known = User.objects.get(pk=user_id)
    confirm_password(known, current_password, field="current_password")
    check_new_password("new_password", new_password, known)
    with transaction.atomic():
        user = User.objects.lock(user_id)
        if user.password != known.password:  # changed since the check
            raise NotAllowed("The password was changed a moment ago. Sign in again.")
        _store(user, new_password, keep_session=keep_session)


@transaction.atomic
def set_password(
    user_id: UUID,
    password: str | None,
    *,
    actor: User | None,
    keep_session: UUID | None = None,
) -> None:
    """Set a password as staff, or with None make it unusable; sign-ins but `keep_session` end.

    Raises: NotFound; NotAllowed for a superuser's password unless by a superuser; InvalidInput.
    Publishes: accounts.password_changed.
    """
    user = User.objects.select_for_update(of=("self",), no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    if actor is not None and user.is_staff and not actor.is_superuser and actor.pk != user.pk:
        raise NotAllowed("Only a superuser sets the password of staff.")
    if password is not None:
        check_new_password("password", password, user)
    _store(user, password, keep_session=keep_session)


def _store(user: User, password: str | None, *, keep_session: UUID | None = None) -> None:
    user.password = make_password(password)
    user.save(update_fields=["password", "updated_at"])
    ending = Session.objects.filter(user=user)
    if keep_session is not None:
        ending = ending.exclude(pk=keep_session)
    ending.revoke()
    end_connections(live.user_group(user.pk))
    OneTimeCode.objects.filter(user=user).exclude(purpose=CodePurpose.VERIFY).kill()
    publish(PasswordChanged(user_id=user.pk))
