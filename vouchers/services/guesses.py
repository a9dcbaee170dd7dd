"""Wrong codes are counted per user, in PostgreSQL, so that codes cannot be tried out."""

from collections.abc import Iterable

from accounts.models import User
from marketplace.common.errors import TooManyAttempts
from marketplace.common.limits.services import check_limit, is_limited
from vouchers.codes import unique_codes
from vouchers.constants import GUESS_WINDOW_SECONDS, MAX_GUESSES
from vouchers.models import Voucher

_ACTION = "voucher_code"


def admit_codes(codes: Iterable[str], *, user: User) -> None:
    """Count the codes that do not exist, and look at none once there were too many.

    Right codes are not counted, so that a user may check out many times at once; what guesses
    beside each other can learn is bounded by how many requests are served at one moment. Call it
    outside the transaction of the work, which must not uncount them.
    Raises: TooManyAttempts.
    """
    wanted = unique_codes(codes)
    if not wanted:
        return
    subject = str(user.pk)
    if is_limited(_ACTION, subject, limit=MAX_GUESSES, window_seconds=GUESS_WINDOW_SECONDS):
        raise TooManyAttempts(retry_after=GUESS_WINDOW_SECONDS)
    for _ in range(len(wanted) - Voucher.objects.usable().with_codes(wanted).count()):
        count_guess(user=user)


def count_guess(*, user: User) -> None:
    """Count one wrong code. Raises: TooManyAttempts beyond the limit."""
    check_limit(_ACTION, str(user.pk), limit=MAX_GUESSES, window_seconds=GUESS_WINDOW_SECONDS)
