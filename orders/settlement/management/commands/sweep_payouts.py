from marketplace.common.jobs import JobCommand
from orders.settlement import jobs


class Command(JobCommand):
    help = "Draft the payouts of all shops that are owed enough, for staff to approve."
    job = staticmethod(jobs.sweep_payouts)
