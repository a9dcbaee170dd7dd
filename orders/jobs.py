"""Periodic jobs of orders; the commands and the Celery tasks are two ways into them."""

from uuid import UUID

from marketplace.common.errors import InvalidTransition
from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time, work_off
from orders.checkout.expire import due_checkouts, expire_checkout
from orders.services.progress import complete_overdue, overdue_receipts


@one_at_a_time("orders.expire_checkouts")
def expire_checkouts(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Release what unpaid online checkouts hold beyond their time. Cash on delivery never expires.

    Idempotent and safe beside itself.
    """
    return work_off(due_checkouts(limit), _expire, dry_run=dry_run)


@one_at_a_time("orders.complete_delivered")
def complete_delivered_orders(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Complete delivered orders that nobody confirmed within the days for it.

    Idempotent and safe beside itself.
    """
    return work_off(overdue_receipts(limit), _complete, dry_run=dry_run)


def _expire(checkout_id: UUID) -> bool:
    return expire_checkout(checkout_id) > 0


def _complete(order_id: UUID) -> bool:
    try:
        complete_overdue(order_id)
    except InvalidTransition:  # confirmed since the job looked
        return False
    return True
