from marketplace.common.jobs import JobCommand
from notifications.services.digest import send_digests


class Command(JobCommand):
    help = "Send the daily mail to those who want one a day. Safe late, twice and beside itself."
    job = staticmethod(send_digests)
