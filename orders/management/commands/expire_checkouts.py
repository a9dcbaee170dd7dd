from marketplace.common.jobs import JobCommand
from orders import jobs


class Command(JobCommand):
    help = "Release the stock of online checkouts that were not paid in time."
    job = staticmethod(jobs.expire_checkouts)
