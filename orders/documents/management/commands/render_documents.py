from marketplace.common.jobs import JobCommand
from orders.documents import jobs


class Command(JobCommand):
    help = "Make the files of invoices and statements that no worker has made in time."
    job = staticmethod(jobs.render_documents)
