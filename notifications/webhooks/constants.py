from datetime import timedelta
from typing import Final

from django.db import models

MAX_ENDPOINTS: Final = 10
MAX_URL_LENGTH: Final = 500

# An endpoint has so long to take a message.
ANSWER_SECONDS: Final = 10.0
# Whoever sends one is killed at the latest after this long, or has lost it.
SEND_LEASE: Final = timedelta(seconds=120)
RETRY_SECONDS: Final = (15, 60, 300, 900, 3600, 7200, 14400)
# From the first try on; what nobody took by then has failed.
GIVE_UP_AFTER: Final = timedelta(days=1)
# An endpoint that took nothing for so long is switched off.
SWITCH_OFF_AFTER: Final = timedelta(days=5)
# So long after its rotation, messages are signed with the secret before it too.
OLD_SECRET_LIVES: Final = timedelta(days=1)
KEEP_LOG: Final = timedelta(days=30)

# At once over all endpoints, and to one of them: a slow one holds up nobody else.
SENDERS: Final = 16
SENDERS_PER_ENDPOINT: Final = 4
# A run takes no more after so long, so that its worker gets to other things.
RUN_SECONDS: Final = 25.0


class WebhookTopic(models.TextChoices):
    """What an endpoint can hear of."""

    ORDER_PLACED = "order.placed"
    ORDER_PAID = "order.paid"
    ORDER_STATUS_CHANGED = "order.status_changed"
    ORDER_CANCELLED = "order.cancelled"
    RETURN_REQUESTED = "return.requested"
    RETURN_APPROVED = "return.approved"
    RETURN_REJECTED = "return.rejected"
    RETURN_CANCELLED = "return.cancelled"
    RETURN_RECEIVED = "return.received"
    RETURN_REFUNDED = "return.refunded"
    PRODUCT_APPROVED = "product.approved"
    PRODUCT_REJECTED = "product.rejected"
    PRODUCT_SUSPENDED = "product.suspended"
    STOCK_LOW = "stock.low"
    PAYOUT_PAID = "payout.paid"


class WebhookDeliveryState(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    # Tried for a day, or its endpoint was switched off; its owner may replay it.
    FAILED = "failed"
