"""The one way a payment changes its state."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from marketplace.common.metrics import PAYMENTS
from orders.payments.constants import TRANSITIONS, PaymentState
from orders.payments.models import Payment


def move_payment(payment: Payment, to_state: PaymentState) -> bool:
    """Move a locked payment forward; False when the step leads back, as late messages try to."""
    if to_state not in TRANSITIONS[PaymentState(payment.status)]:
        return False
    payment.status = to_state
    changed = ["status", "updated_at"]
    if to_state == PaymentState.CAPTURED:
        payment.captured_at = timezone.now()
        changed.append("captured_at")
    payment.save(update_fields=changed)
    transaction.on_commit(partial(PAYMENTS.add, payment.provider, str(to_state)), robust=True)
    return True
