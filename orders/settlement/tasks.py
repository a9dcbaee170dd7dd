"""Celery's entries to the periodic jobs of settlement."""

from celery import shared_task

from marketplace.common.jobs import JobResult
from orders.settlement import jobs


@shared_task(name="settlement.release")
def release_balances_task() -> JobResult:
    return jobs.release_balances()


@shared_task(name="settlement.sweep_payouts")
def sweep_payouts_task() -> JobResult:
    return jobs.sweep_payouts()


@shared_task(name="settlement.verify")
def verify_ledger_task() -> None:
    """Raises: RuntimeError where the books differ, so that the run is seen to have failed."""
    if found := jobs.verify_ledger():
        raise RuntimeError(f"The ledger differs in {len(found)} ways: {found[0].claim}")
