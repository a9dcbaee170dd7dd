from marketplace.common.jobs import JobCommand
from orders import jobs


class Command(JobCommand):
    help = "Complete delivered orders that nobody confirmed in time."
    job = staticmethod(jobs.complete_delivered_orders)
