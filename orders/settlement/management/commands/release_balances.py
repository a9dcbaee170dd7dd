from marketplace.common.jobs import JobCommand
from orders.settlement import jobs


class Command(JobCommand):
    help = "Make the money of orders that were completed long enough ago due to their shops."
    job = staticmethod(jobs.release_balances)
