"""Periodic jobs of fulfilment; the commands and the Celery tasks are two ways into them."""

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time, work_off
from orders.fulfilment.booking import book_shipment, due_bookings
from orders.fulfilment.reports import overdue_parcels, poll_shipment


def book_shipments(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Tell carriers of the parcels that are due, and of those that are called off.

    Idempotent and safe beside itself: a parcel is claimed by one worker at a time.
    """
    return work_off(due_bookings(limit), book_shipment, dry_run=dry_run)


@one_at_a_time("fulfilment.poll_shipments")
def poll_shipments(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Ask carriers about parcels that are under way.

    Idempotent and safe beside itself.
    """
    return work_off(overdue_parcels(limit), poll_shipment, dry_run=dry_run)
