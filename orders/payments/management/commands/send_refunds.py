from marketplace.common.jobs import JobCommand
from orders.payments import jobs


class Command(JobCommand):
    help = "Have the payment providers send the refunds that are due."
    job = staticmethod(jobs.send_refunds)
