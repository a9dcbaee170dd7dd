"""Ways to tell users of something, for tests."""

from marketplace.common.ids import uuid7
from notifications.constants import NotificationType
from notifications.models import Notification
from notifications.services.telling import notify

VALUES = {"number": "ORD-1", "shop": "Cửa hàng", "total": "1.000 ₫", "reason": ""}


def tell(*users, times=1):
    for _ in range(times):
        recipients = [(user.pk, NotificationType.ORDER_SHIPPED) for user in users]
        notify(recipients, event_key=str(uuid7()), values=VALUES, data={"order_number": "ORD-1"})


def ids_of(user):
    """The ids of a user's notifications, the oldest first."""
    mine = Notification.objects.filter(user=user).order_by("created_at", "id")
    return [str(pk) for pk in mine.values_list("pk", flat=True)]


def ids_in(messages):
    return [m["notification"]["id"] for m in messages if m["type"] == "notification"]
