from marketplace.common.jobs import JobCommand
from notifications.webhooks.services.sending import send_due


class Command(JobCommand):
    help = "Send webhooks that wait. Safe late, twice and beside itself."
    job = staticmethod(send_due)
