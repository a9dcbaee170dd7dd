"""Celery's entries to the periodic jobs of payments."""

from celery import shared_task

from orders.payments import jobs


@shared_task(name="payments.reconcile")
def reconcile_payments_task() -> None:
    jobs.reconcile_payments()


@shared_task(name="payments.send_refunds")
def send_refunds_task() -> None:
    jobs.send_refunds()
