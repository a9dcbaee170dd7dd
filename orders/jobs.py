"""Periodic jobs of orders; the commands and the Celery tasks are two ways into them."""

from marketplace.common.errors import InvalidTransition
from marketplace.common.jobs import DEFAULT_LIMIT, JobResult
from marketplace.common.locks import job_lock
from orders.checkout.expire import due_checkouts, expire_checkout
from orders.services.progress import complete_overdue, overdue_receipts


def expire_checkouts(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Release what unpaid online checkouts hold beyond their time. Cash on delivery never expires.

    Idempotent and safe beside itself.
    """
    result = JobResult()
    with job_lock("orders.expire_checkouts") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        for checkout_id in due_checkouts(limit):
            if dry_run or expire_checkout(checkout_id):
                result.done += 1
            else:
                result.skipped += 1
    return result


def complete_delivered_orders(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Complete delivered orders that nobody confirmed within the days for it.

    Idempotent and safe beside itself.
    """
    result = JobResult()
    with job_lock("orders.complete_delivered") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        for order_id in overdue_receipts(limit):
            try:
                if not dry_run:
                    complete_overdue(order_id)
                result.done += 1
            except InvalidTransition:  # confirmed since the query above
                result.skipped += 1
    return result
