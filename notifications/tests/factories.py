"""Notifications for tests."""

import factory
from django.utils import timezone

from accounts.tests.factories import UserFactory
from notifications.constants import DeliveryChannel, NotificationType
from notifications.models import Delivery, Notification


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


class DeliveryFactory(factory.django.DjangoModelFactory[Delivery]):
    """A mail that is due, to somebody whose mailbox is confirmed."""

    class Meta:
        model = Delivery

    notification = factory.SubFactory(
        NotificationFactory, user__email_verified_at=factory.LazyFunction(timezone.now)
    )
    channel = DeliveryChannel.EMAIL
