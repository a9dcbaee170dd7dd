from catalog.bulk import jobs
from marketplace.common.jobs import JobCommand


class Command(JobCommand):
    help = "Apply uploaded files of products that wait, or whose worker was killed."
    job = staticmethod(jobs.run_imports)
