"""Signing in to the API."""

from django.conf import settings
from django.db import transaction

from accounts.errors import (
    AccountNotVerified,
    AccountSuspended,
    InvalidCredentials,
    SecondFactorNotEnrolled,
    SecondFactorRequired,
)
from accounts.models import SecondFactor, Session, User
from accounts.services.second_factor import check_second_factor
from accounts.services.sessions import check_credentials, start_session
from marketplace.common.audit.context import Origin


def log_in(
    identifier: str, password: str, *, code: str = "", user_agent: str, origin: Origin
) -> Session:
    """Sign in with a password, and staff with a code of their second factor or a recovery code.

    Raises: InvalidCredentials; for the right password only: AccountSuspended, AccountNotVerified,
    SecondFactorRequired, SecondFactorNotEnrolled, WrongSecondFactor, TooManyAttempts.
    """
    # Outside the transaction below, whose refusal would give back what was counted and written.
    checked = check_credentials(identifier, password, origin=origin)
    _require_usable(checked)
    has_second_factor = _show_second_factor(checked, code, origin=origin)
    with transaction.atomic():
        user = User.objects.lock(checked.pk)
        if user.password != checked.password:  # changed since the check
            raise InvalidCredentials
        _require_usable(user)
        return start_session(
            user,
            user_agent=user_agent,
            ip_address=origin.ip_address,
            has_second_factor=has_second_factor,
        )


def _require_usable(user: User) -> None:
    if not user.is_active:
        raise AccountSuspended
    if not user.is_verified:
        raise AccountNotVerified


def _show_second_factor(user: User, code: str, *, origin: Origin) -> bool:
    """Spend the code where one is asked for: of staff who enrolled, and of all where demanded."""
    if not user.is_staff:
        return False
    if not SecondFactor.objects.filter(user=user).exists():
        if settings.STAFF_SECOND_FACTOR_REQUIRED:
            raise SecondFactorNotEnrolled
        return False
    if not code:
        raise SecondFactorRequired
    check_second_factor(user.pk, code, origin=origin)
    return True
