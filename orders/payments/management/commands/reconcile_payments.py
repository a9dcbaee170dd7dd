from marketplace.common.jobs import JobCommand
from orders.payments import jobs


class Command(JobCommand):
    help = "Ask the providers about payments that are open too long, and heal what is safe."
    job = staticmethod(jobs.reconcile_payments)
