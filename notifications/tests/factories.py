"""Notifications for tests."""

import factory

from accounts.tests.factories import UserFactory
from notifications.constants import NotificationType
from notifications.models import Notification


class NotificationFactory(factory.django.DjangoModelFactory[Notification]):
    """An unread one."""

    class Meta:
        model = Notification

    user = factory.SubFactory(UserFactory)
    type = NotificationType.ORDER_SHIPPED
    title = "Đơn hàng đang được giao"
    body = "Đơn hàng ORD-1 đang trên đường đến bạn."
    data = factory.LazyFunction(lambda: {"order_number": "ORD-1"})
    event_key = factory.Sequence(lambda n: f"orders.status_changed:{n}")
