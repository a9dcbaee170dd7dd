from marketplace.common.jobs import JobCommand
from orders.returns import jobs


class Command(JobCommand):
    help = "Approve returns that nobody answered in time, and end those that were never sent."
    job = staticmethod(jobs.enforce_return_deadlines)
