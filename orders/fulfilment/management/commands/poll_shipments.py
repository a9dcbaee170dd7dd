from marketplace.common.jobs import JobCommand
from orders.fulfilment import jobs


class Command(JobCommand):
    help = "Ask carriers about parcels that are under way."
    job = staticmethod(jobs.poll_shipments)
