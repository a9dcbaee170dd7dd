"""Periodic jobs of fulfilment; the commands and the Celery tasks are two ways into them."""

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, work_through
from marketplace.common.locks import job_lock
from orders.fulfilment.booking import book_shipment, due_bookings
from orders.fulfilment.reports import overdue_parcels, poll_shipment


def book_shipments(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Tell carriers of the parcels that are due, and of those that are called off.

    Idempotent and safe beside itself: a parcel is claimed by one worker at a time.
    """
    due = due_bookings(limit)
    return JobResult(done=len(due)) if dry_run else work_through(due, book_shipment)


def poll_shipments(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Ask carriers about parcels that are under way.

    Idempotent and safe beside itself.
    """
    with job_lock("fulfilment.poll_shipments") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = overdue_parcels(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, poll_shipment)
