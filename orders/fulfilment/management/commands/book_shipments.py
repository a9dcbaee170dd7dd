from marketplace.common.jobs import JobCommand
from orders.fulfilment import jobs


class Command(JobCommand):
    help = "Tell carriers of new parcels, and of those that are called off."
    job = staticmethod(jobs.book_shipments)
