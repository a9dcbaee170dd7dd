from marketplace.common.jobs import JobCommand
from notifications.services.sending import replay_parked


class Command(JobCommand):
    help = "Put parked deliveries back in the queue, as after an outage of a provider."
    job = staticmethod(replay_parked)
