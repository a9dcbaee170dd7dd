"""The outbox in tests: drained on demand, and loudly when a handler fails."""

from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.services import dispatch


def drain_outbox() -> int:
    """Hand over all waiting events, also those that handlers publish; returns how many.

    Raises: AssertionError with the handler's traceback when one failed.
    """
    total = 0
    while True:
        done, failed = dispatch()
        total += done
        if failed:
            event = OutboxEvent.objects.exclude(status=OutboxStatus.DONE).exclude(last_error="")
            raise AssertionError(event[0].last_error)
        if not done:
            return total
