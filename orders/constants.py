from typing import Final

from django.db import models

MAX_ITEMS: Final = 100
NUMBER_PREFIX: Final = "ORD-"


class OrderStatus(models.TextChoices):
    PENDING_PAYMENT = "pending_payment"
    PLACED = "placed"
    CONFIRMED = "confirmed"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# Nothing moves an order any more.
ENDED: Final = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})


class PaymentStatus(models.TextChoices):
    """What an order has been paid, seen from the order."""

    UNPAID = "unpaid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class PaymentMethod(models.TextChoices):
    COD = "COD", "Cash on delivery"
    STRIPE = "STRIPE", "Stripe"
    VNPAY = "VNPAY", "VNPay"
    MOMO = "MOMO", "MoMo"
    FAKE = "FAKE", "Make-believe"


class ActorKind(models.TextChoices):
    """On whose behalf a step of an order is made."""

    BUYER = "buyer"
    SELLER = "seller"
    STAFF = "staff"
    CARRIER = "carrier"
    SYSTEM = "system"


# What a seller may ask for; the table below says from where.
SELLER_STEPS: Final = [
    (status.value, status.label)
    for status in (
        OrderStatus.CONFIRMED,
        OrderStatus.PACKED,
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.CANCELLED,
    )
]

_S, _A = OrderStatus, ActorKind

# Who may make which step. Nothing else moves.
TRANSITIONS: Final[dict[tuple[OrderStatus, OrderStatus], frozenset[ActorKind]]] = {
    (_S.PENDING_PAYMENT, _S.PLACED): frozenset({_A.SYSTEM}),
    (_S.PENDING_PAYMENT, _S.CANCELLED): frozenset({_A.BUYER, _A.STAFF, _A.SYSTEM}),
    # Its money came after the time for it was over, and its goods were still there.
    (_S.CANCELLED, _S.PLACED): frozenset({_A.SYSTEM}),
    (_S.PLACED, _S.CONFIRMED): frozenset({_A.SELLER, _A.STAFF}),
    # By the system: the shop let it lie.
    (_S.PLACED, _S.CANCELLED): frozenset({_A.BUYER, _A.SELLER, _A.STAFF, _A.SYSTEM}),
    (_S.CONFIRMED, _S.PACKED): frozenset({_A.SELLER, _A.STAFF}),
    (_S.CONFIRMED, _S.CANCELLED): frozenset({_A.SELLER, _A.STAFF, _A.SYSTEM}),
    (_S.PACKED, _S.SHIPPED): frozenset({_A.SELLER, _A.STAFF, _A.CARRIER}),
    (_S.PACKED, _S.CANCELLED): frozenset({_A.SELLER, _A.STAFF, _A.SYSTEM}),
    (_S.SHIPPED, _S.DELIVERED): frozenset({_A.SELLER, _A.STAFF, _A.CARRIER}),
    (_S.SHIPPED, _S.DELIVERY_FAILED): frozenset({_A.CARRIER, _A.STAFF}),
    (_S.DELIVERY_FAILED, _S.SHIPPED): frozenset({_A.CARRIER, _A.STAFF}),
    (_S.DELIVERY_FAILED, _S.CANCELLED): frozenset({_A.CARRIER, _A.STAFF}),
    (_S.DELIVERED, _S.COMPLETED): frozenset({_A.BUYER, _A.SYSTEM}),
}
