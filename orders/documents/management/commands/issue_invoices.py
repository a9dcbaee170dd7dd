from marketplace.common.jobs import JobCommand
from orders.documents import jobs


class Command(JobCommand):
    help = "Invoice delivered orders that have no invoice: once, after an upgrade."
    job = staticmethod(jobs.issue_invoices)
