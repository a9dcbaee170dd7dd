"""What the staff who run the platform are told."""

from marketplace.common.events import SmsCapExhausted
from marketplace.common.outbox.registry import handles
from notifications.constants import NotificationType
from notifications.handlers._telling import tell_staff


@handles(SmsCapExhausted)
def tell_of_exhausted_sms(event: SmsCapExhausted) -> None:
    tell_staff(
        "notifications.change_delivery",
        NotificationType.SMS_CAP_REACHED,
        event.topic,
        values={"limit": str(event.limit)},
        data={},
    )
