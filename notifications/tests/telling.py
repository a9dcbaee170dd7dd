"""Notifications that are told in tests, and what becomes of them."""

from datetime import UTC, datetime

from django.utils import timezone

from notifications.constants import NotificationType
from notifications.models import Delivery
from notifications.services.telling import notify

# 12:00, 23:30 and 7:00 in Vietnam.
NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def tell(user, kind="order_shipped", key="x", **options):
    return notify(
        [(user.pk, NotificationType(kind))],
        event_key=key,
        values=dict.fromkeys(("number", "shop", "total", "reason", "product"), "X"),
        data={},
        **options,
    )


def states():
    return sorted(Delivery.objects.values_list("channel", "state"))


def make_due(**also):
    Delivery.objects.filter(state="pending").update(next_try_at=timezone.now(), **also)
