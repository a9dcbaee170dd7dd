"""Periodic jobs of settlement; the commands and the Celery tasks are two ways into them."""

import logging
from uuid import UUID

from marketplace.common.errors import DomainError
from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time, work_off
from orders.settlement.services.payouts import draft_payout, due_shops
from orders.settlement.services.release import due_releases, release_order
from orders.settlement.services.verify import Difference, differences

logger = logging.getLogger(__name__)


@one_at_a_time("settlement.release")
def release_balances(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Make the money of orders that were completed long enough ago due to their shops.

    Idempotent and safe beside itself.
    """
    return work_off(due_releases(limit), release_order, dry_run=dry_run)


def sweep_payouts(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Draft the payouts of all shops that are owed enough, for staff to approve.

    Idempotent and safe beside itself.
    """
    return work_off(due_shops(limit), _draft, dry_run=dry_run)


def verify_ledger() -> list[Difference]:
    """Compute the books once more and return what differs; it is logged as an error too."""
    found = list(differences())
    for difference in found:
        logger.error("The ledger differs. %s", difference)
    return found


def _draft(shop_id: UUID) -> bool:
    try:
        draft_payout(shop_id, actor=None)
    except DomainError:  # drafted, or taken from, since the job looked
        return False
    return True
