"""What staff do to accounts."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.events import UserReinstated, UserSuspended
from accounts.models import OneTimeCode, Session, User
from accounts.services.sessions import end_connections, log_out, log_out_everywhere
from marketplace.common import live
from marketplace.common.errors import InvalidInput, InvalidTransition, NotFound
from marketplace.common.outbox.services import publish
from marketplace.common.rows import locked


@transaction.atomic
def suspend_user(user_id: UUID, *, actor: User | None, reason: str) -> User:
    """Shut an account out at once: its tokens, API keys and admin sign-in end with the commit.

    Raises: NotFound; InvalidTransition when suspended or closed; NotAllowed for oneself, and for
    staff unless by a superuser; InvalidInput without a reason.
    Publishes: accounts.user_suspended.
    """
    if not reason.strip():
        raise InvalidInput("reason", "Say why.", code="required")
    user = _lock(user_id)
    if actor is not None:
        if actor.pk == user.pk:
            raise NotAllowed("Nobody suspends themselves.")
        if user.is_staff and not actor.is_superuser:
            raise NotAllowed("Only a superuser suspends staff.")
    if user.suspended_at is not None or user.closed_at is not None:
        raise InvalidTransition("The account is suspended or closed already.")
    user.suspended_at = timezone.now()
    user.suspension_reason = reason.strip()[:500]
    user.save(update_fields=["suspended_at", "suspension_reason", "updated_at"])
    Session.objects.filter(user=user).revoke()
    end_connections(live.user_group(user.pk))
    OneTimeCode.objects.filter(user=user).kill()
    publish(UserSuspended(user_id=user.pk, reason=user.suspension_reason))
    return user


@transaction.atomic
def unsuspend_user(user_id: UUID, *, actor: User | None) -> User:
    """Let a suspended account in again; its old sign-ins stay dead.

    Raises: NotFound; InvalidTransition when it is not suspended; NotAllowed for staff unless by a
    superuser.
    Publishes: accounts.user_reinstated.
    """
    user = _lock(user_id)
    if actor is not None and user.is_staff and not actor.is_superuser:
        raise NotAllowed("Only a superuser reinstates staff.")
    if user.suspended_at is None or user.closed_at is not None:
        raise InvalidTransition("The account is not suspended.")
    user.suspended_at, user.suspension_reason = None, ""
    user.save(update_fields=["suspended_at", "suspension_reason", "updated_at"])
    publish(UserReinstated(user_id=user.pk))
    return user


@transaction.atomic
def end_sign_ins(user_id: UUID, *, actor: User) -> None:
    """Log a user out everywhere. Raises: NotFound; NotAllowed for staff unless by a superuser."""
    _refuse_for_staff(_lock(user_id), actor)
    log_out_everywhere(user_id)


@transaction.atomic
def end_sign_in(session_id: UUID, *, actor: User) -> None:
    """End one sign-in of a user. Raises: NotFound; NotAllowed for staff unless by a superuser."""
    session = Session.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        raise NotFound
    _refuse_for_staff(session.user, actor)
    log_out(session_id)


def _refuse_for_staff(user: User, actor: User) -> None:
    if user.is_staff and not actor.is_superuser and actor.pk != user.pk:
        raise NotAllowed("Only a superuser ends the sign-ins of staff.")


def _lock(user_id: UUID) -> User:
    return locked(User.objects, user_id)
