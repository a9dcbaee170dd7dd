"""Browsers in the console: written down when they are let in, and dead when they are revoked."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.sessions import end_connections, log_out, new_session
from marketplace.common import live
from marketplace.common.errors import NotFound

# `last_used_at` is for people: once a minute is exact enough and spares a write per page.
_USE_RESOLUTION: Final = timedelta(minutes=1)


def open_console_session(
    user: User, *, user_agent: str, ip_address: str, has_second_factor: bool
) -> Session:
    """Write down a browser that was just let in."""
    now = timezone.now()
    return new_session(
        user,
        user_agent=user_agent,
        ip_address=ip_address,
        expires_at=now + timedelta(seconds=settings.SESSION_COOKIE_AGE),
        is_console=True,
        second_factor_at=now if has_second_factor else None,
    )


def note_use(session: Session) -> None:
    """Move `last_used_at`, at most once a minute."""
    now = timezone.now()
    if now - session.last_used_at > _USE_RESOLUTION:
        Session.objects.filter(pk=session.pk).update(last_used_at=now)


def end_other_sign_ins(user_id: UUID, *, but: UUID | None) -> int:
    """End all of one's sign-ins but the present one; returns how many."""
    ended = Session.objects.filter(user_id=user_id).exclude(pk__in=[but] if but else []).revoke()
    end_connections(live.user_group(user_id))
    return ended


def end_own_sign_in(session_id: UUID, *, user: User) -> None:
    """End one of one's own sign-ins. Raises: NotFound, also for somebody else's."""
    if not Session.objects.filter(pk=session_id, user=user).exists():
        raise NotFound
    log_out(session_id)
