"""Periodic jobs of payments; the commands and the Celery tasks are two ways into them."""

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time, work_off, work_through
from orders.payments.services.compare import compare_day, days_to_compare
from orders.payments.services.reconcile import overdue_payments, reconcile_payment
from orders.payments.services.send_refunds import due_refunds, send_refund


@one_at_a_time("payments.reconcile")
def reconcile_payments(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Ask each provider about payments that are open too long, and about each day that is over.

    What is safe is healed, the rest put before staff.

    Idempotent and safe beside itself.
    """
    due = overdue_payments(limit)
    days = days_to_compare()
    if dry_run:
        return JobResult(done=len(due) + len(days))
    result = work_through(due, reconcile_payment)
    for provider, day in days:
        if compare_day(provider, day):
            result.done += 1
        else:
            result.skipped += 1
    return result


def send_refunds(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Have the providers send the refunds that are due.

    Idempotent and safe beside itself: a refund is claimed by one worker at a time.
    """
    return work_off(due_refunds(limit), send_refund, dry_run=dry_run)
