from marketplace.common.jobs import JobCommand
from notifications.services.sending import send_due


class Command(JobCommand):
    help = "Send mail and SMS that wait. Safe late, twice and beside itself."
    job = staticmethod(send_due)
