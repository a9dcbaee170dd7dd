"""Know a password, stay signed in, sign out."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Least, Now
from django.utils import timezone

from accounts.constants import (
    LOGINS_PER_ACCOUNT_AND_ADDRESS,
    PASSWORD_CHECKS_PER_QUARTER,
    QUARTER_SECONDS,
    SESSION_MAX_DAYS,
)
from accounts.errors import (
    InvalidCredentials,
    TokenNotValid,
)
from accounts.events import RefreshTokenReused
from accounts.models import Session, User
from accounts.services.refusals import record_refusal
from marketplace.common import live
from marketplace.common.audit.context import Origin
from marketplace.common.errors import InvalidInput, TooManyAttempts
from marketplace.common.limits.services import check_limit, is_limited, uncount
from marketplace.common.outbox.services import publish


def check_credentials(identifier: str, password: str, *, origin: Origin) -> User:
    """Return the account with this password, whatever its state.

    Wrong passwords are limited per account and address and per address, whether or not there is
    such an account; right ones are not counted. Those of staff are written down, so no more often
    than the limits allow.
    Raises: InvalidCredentials; TooManyAttempts, before any password is looked at.
    """
    by_account = f"{identifier}|{origin.ip_address}"
    _count_login("login", by_account, LOGINS_PER_ACCOUNT_AND_ADDRESS)
    try:
        _count_login("login_address", origin.ip_address, settings.LOGIN_FAILURES_PER_ADDRESS)
    except TooManyAttempts:
        uncount("login", by_account, window_seconds=QUARTER_SECONDS)
        raise
    user = User.objects.identified_by(identifier).first()
    if user is None:
        make_password(password)  # the same time as for a known account
        raise InvalidCredentials
    if not user.has_usable_password():
        make_password(password)
        raise InvalidCredentials
    if not user.check_password(password):
        if user.is_staff:
            record_refusal(user, "password", origin=origin)
        raise InvalidCredentials
    uncount("login", by_account, window_seconds=QUARTER_SECONDS)
    uncount("login_address", origin.ip_address, window_seconds=QUARTER_SECONDS)
    return user


def is_login_limited(identifier: str, *, ip_address: str) -> bool:
    """Tell whether another try would be refused unseen."""
    window = {"window_seconds": QUARTER_SECONDS}
    return is_limited(
        "login", f"{identifier}|{ip_address}", limit=LOGINS_PER_ACCOUNT_AND_ADDRESS, **window
    ) or is_limited(
        "login_address", ip_address, limit=settings.LOGIN_FAILURES_PER_ADDRESS, **window
    )


def _count_login(action: str, subject: str, limit: int) -> None:
    check_limit(action, subject, limit=limit, window_seconds=QUARTER_SECONDS)


def confirm_password(user: User, password: str, *, field: str) -> None:
    """Make sure that a signed-in caller knows the account's password.

    Raises: InvalidInput that names `field`; TooManyAttempts.
    """
    check_limit(
        "password_check",
        str(user.pk),
        limit=PASSWORD_CHECKS_PER_QUARTER,
        window_seconds=QUARTER_SECONDS,
    )
    if not user.check_password(password):
        raise InvalidInput(field, "This is not the present password.", code="wrong_password")
    uncount("password_check", str(user.pk), window_seconds=QUARTER_SECONDS)


def start_session(
    user: User, *, user_agent: str, ip_address: str, has_second_factor: bool = False
) -> Session:
    """Begin a family of refresh tokens; `has_second_factor` when a code was shown just now.

    Locks: `user` must be locked by the caller, so that a suspension or a new password either comes
    first and is seen, or comes later and ends this session too.
    """
    now = timezone.now()
    user.last_login = now
    user.save(update_fields=["last_login"])
    return new_session(
        user,
        user_agent=user_agent,
        ip_address=ip_address,
        expires_at=now + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS),
        second_factor_at=now if has_second_factor else None,
    )


def new_session(
    user: User, *, user_agent: str, ip_address: str, expires_at: datetime, **fields: Any
) -> Session:
    """Write a sign-in down."""
    return Session.objects.create(
        user=user,
        token_id=uuid4(),
        user_agent="".join(c for c in user_agent if c.isprintable())[:255],
        ip_address=ip_address[:45],
        last_used_at=timezone.now(),
        expires_at=expires_at,
        **fields,
    )


def refresh_session(session_id: UUID, token_id: UUID) -> Session:
    """Spend a refresh token; the session's new `token_id` stands for the next one.

    One conditional UPDATE decides between concurrent callers. It may look at the session's own
    columns only: a join would become a subquery, which PostgreSQL does not look at again after
    waiting for the row, and every caller that waited would succeed. A spent token of a live session
    is theft by one of two: the whole session ends, and that is committed before the refusal.
    Raises: TokenNotValid.
    Publishes: accounts.refresh_token_reused.
    """
    now = timezone.now()
    spent = Session.objects.filter(
        pk=session_id,
        token_id=token_id,
        revoked_at=None,
        expires_at__gt=now,
    ).update(
        token_id=uuid4(),
        last_used_at=now,
        updated_at=now,
        expires_at=Least(
            Value(now + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS)),
            F("created_at") + timedelta(days=SESSION_MAX_DAYS),
        ),
    )
    session = Session.objects.select_related("user").filter(pk=session_id).first()
    if spent and session is not None and session.user.is_active:
        return session
    if not spent and session is not None and session.token_id != token_id:
        _revoke_family(session)
    raise TokenNotValid


@transaction.atomic
def _revoke_family(session: Session) -> None:
    if Session.objects.filter(pk=session.pk).revoke():
        end_connections(live.session_group(session.pk))
        publish(RefreshTokenReused(session_id=session.pk, user_id=session.user_id))


def log_out(session_id: UUID) -> None:
    """End one sign-in. Idempotent."""
    if Session.objects.filter(pk=session_id).revoke():
        end_connections(live.session_group(session_id))


@transaction.atomic
def log_out_everywhere(user_id: UUID) -> None:
    """End every sign-in of a user, those to the Django admin included."""
    User.objects.filter(pk=user_id).update(
        sign_in_version=F("sign_in_version") + 1, updated_at=Now()
    )
    Session.objects.filter(user_id=user_id).revoke()
    end_connections(live.user_group(user_id))


def end_connections(group: str) -> None:
    """Have the open connections of a user or a sign-in look, after the commit, whether it lives.

    One that is not reached, as while Redis is down, looks by itself within seconds.
    """
    live.send_after_commit(group, {"type": "session.check"})
