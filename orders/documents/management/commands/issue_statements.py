from marketplace.common.jobs import JobCommand
from orders.documents import jobs


class Command(JobCommand):
    help = "Issue the statements of months that are over to shops whose balance moved in them."
    job = staticmethod(jobs.issue_statements)
