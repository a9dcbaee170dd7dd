"""Periodic jobs of orders; the commands and the Celery tasks are two ways into them."""

from uuid import UUID

from marketplace.common.errors import InvalidTransition
from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, work_through
from marketplace.common.locks import job_lock
from orders.checkout.expire import due_checkouts, expire_checkout
from orders.services.progress import complete_overdue, overdue_receipts


def expire_checkouts(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Release what unpaid online checkouts hold beyond their time. Cash on delivery never expires.

    Idempotent and safe beside itself.
    """
    with job_lock("orders.expire_checkouts") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = due_checkouts(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, _expire)


def complete_delivered_orders(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Complete delivered orders that nobody confirmed within the days for it.

    Idempotent and safe beside itself.
    """
    with job_lock("orders.complete_delivered") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = overdue_receipts(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, _complete)


def _expire(checkout_id: UUID) -> bool:
    return expire_checkout(checkout_id) > 0


def _complete(order_id: UUID) -> bool:
    try:
        complete_overdue(order_id)
    except InvalidTransition:  # confirmed since the job looked
        return False
    return True
