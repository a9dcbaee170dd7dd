from django.db import models


class NotificationType(models.TextChoices):
    """What a message is about; a client chooses its icon and link by it."""

    ORDER_PLACED = "order_placed"
    ORDER_RECEIVED = "order_received"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_PACKED = "order_packed"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELIVERED = "order_delivered"
    ORDER_DELIVERY_FAILED = "order_delivery_failed"
    ORDER_COMPLETED = "order_completed"
    ORDER_CANCELLED = "order_cancelled"
    SHOP_APPROVED = "shop_approved"
    SHOP_REJECTED = "shop_rejected"
    SHOP_SUSPENDED = "shop_suspended"
    SHOP_REOPENED = "shop_reopened"
    SHOP_CLOSED = "shop_closed"
    PRODUCT_APPROVED = "product_approved"
    PRODUCT_REJECTED = "product_rejected"
    PRODUCT_SUSPENDED = "product_suspended"
    STOCK_LOW = "stock_low"
