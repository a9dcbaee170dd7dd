"""The second factor of staff: enrolled, asked for, lost."""

import secrets
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.constants import (
    DAY_SECONDS,
    QUARTER_SECONDS,
    RECOVERY_CODES,
    SECOND_FACTORS_PER_DAY,
    SECOND_FACTORS_PER_QUARTER,
)
from accounts.errors import NotAllowed, WrongSecondFactor
from accounts.keys import hash_of
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.services.refusals import record_refusal
from accounts.services.sessions import log_out_everywhere
from accounts.totp import DIGITS, key_of, step_of
from marketplace.common.audit.context import Origin
from marketplace.common.errors import DomainError, InvalidTransition, NotFound
from marketplace.common.limits.services import check_limit, uncount

# Without letters that are taken for others.
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def enrol_second_factor(user_id: UUID, *, factor_id: UUID, code: str) -> list[str]:
    """Take up a device whose first code shows that it knows its key; returns recovery codes.

    `factor_id` was made for this user when the key was shown. The codes cannot be read again.
    Raises: WrongSecondFactor; TooManyAttempts; InvalidTransition when there is one already;
    NotAllowed for others than staff.
    """
    _count(user_id)
    step = step_of(key_of(user_id, factor_id), _plain(code), timezone.now())
    if step is None:
        raise WrongSecondFactor
    with transaction.atomic():
        user = User.objects.lock(user_id)
        if not (user.is_staff and user.is_active):
            raise NotAllowed
        if SecondFactor.objects.filter(user=user).exists():
            raise InvalidTransition("There is a second factor already.")
        factor = SecondFactor.objects.create(id=factor_id, user=user, last_step=step)
        codes = _new_codes(factor)
    _uncount(user_id)
    return codes


def check_second_factor(user_id: UUID, code: str, *, origin: Origin) -> UUID:
    """Spend a code of the device, or a recovery code; returns the factor's id.

    Each is good once: one conditional UPDATE decides between concurrent callers. What is refused is
    written down, for which no transaction may be open that the refusal would roll back.
    Raises: WrongSecondFactor; TooManyAttempts, before any code is looked at.
    """
    try:
        _count(user_id)
        factor = SecondFactor.objects.filter(user_id=user_id).first()
        if factor is None or not _spend(factor, _plain(code)):
            raise WrongSecondFactor
    except DomainError:
        record_refusal(User.objects.get(pk=user_id), "second factor", origin=origin)
        raise
    _uncount(user_id)
    return factor.pk


def renew_recovery_codes(user_id: UUID, *, code: str, origin: Origin) -> list[str]:
    """Replace all recovery codes. Raises: WrongSecondFactor; TooManyAttempts."""
    factor_id = check_second_factor(user_id, code, origin=origin)
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(pk=factor_id).first()
        if factor is None:
            raise WrongSecondFactor
        factor.recovery_codes.all().delete()
        return _new_codes(factor)


def remove_second_factor(user_id: UUID, *, code: str, origin: Origin) -> None:
    """Give up one's own device, to enrol another. Raises: WrongSecondFactor; TooManyAttempts."""
    SecondFactor.objects.filter(pk=check_second_factor(user_id, code, origin=origin)).delete()


@transaction.atomic
def reset_second_factor(user_id: UUID, *, actor: User | None) -> None:
    """Take away a lost device; all sign-ins end, and the next one leads to enrolment.

    `actor` is None for an operator at the command line.
    Raises: NotFound; InvalidTransition without one; NotAllowed unless by a superuser, or for
    oneself: who has the device uses it.
    """
    if actor is not None and (not actor.is_superuser or actor.pk == user_id):
        raise NotAllowed("Only another superuser takes a second factor away.")
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound
    if not SecondFactor.objects.filter(user_id=user_id).delete()[0]:
        raise InvalidTransition("There is no second factor.")
    log_out_everywhere(user_id)


def _spend(factor: SecondFactor, code: str) -> bool:
    now = timezone.now()
    if len(code) == DIGITS:
        step = step_of(key_of(factor.user_id, factor.pk), code, now)
        if step is None:
            return False
        unused = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
        return unused.update(last_step=step, updated_at=now) == 1
    unspent = RecoveryCode.objects.filter(
        factor=factor, code_hash=_hash(factor, code), used_at=None
    )
    return unspent.update(used_at=now, updated_at=now) == 1


def _new_codes(factor: SecondFactor) -> list[str]:
    texts = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, code_hash=_hash(factor, text)) for text in texts
    )
    return [f"{text[:5]}-{text[5:]}" for text in texts]


def _hash(factor: SecondFactor, code: str) -> str:
    return hash_of(f"recovery:{factor.pk}:{code}")


def _plain(code: str) -> str:
    """Return a code without what apps and people put between its characters."""
    return "".join(char for char in code.upper() if char.isascii() and char.isalnum())[:20]


def _count(user_id: UUID) -> None:
    subject = str(user_id)
    check_limit(
        "second_factor", subject, limit=SECOND_FACTORS_PER_QUARTER, window_seconds=QUARTER_SECONDS
    )
    check_limit(
        "second_factor_day", subject, limit=SECOND_FACTORS_PER_DAY, window_seconds=DAY_SECONDS
    )


def _uncount(user_id: UUID) -> None:
    uncount("second_factor", str(user_id), window_seconds=QUARTER_SECONDS)
    uncount("second_factor_day", str(user_id), window_seconds=DAY_SECONDS)
