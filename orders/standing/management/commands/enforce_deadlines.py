from marketplace.common.jobs import JobCommand
from orders.standing import jobs


class Command(JobCommand):
    help = "Warn shops of orders that are nearly late, and cancel those that stay late."
    job = staticmethod(jobs.enforce_deadlines)
