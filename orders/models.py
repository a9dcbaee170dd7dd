"""Checkouts, the orders they were split into, and their history."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import ProductVariant
from marketplace.common.models import BaseModel, amount_field
from orders.constants import ActorKind, OrderStatus, PaymentMethod, PaymentStatus
from orders.querysets import CheckoutQuerySet, OrderQuerySet
from shops.models import Shop

_TOTALS_ADD_UP = Q(
    total_amount=F("subtotal_amount")
    - F("discount_amount")
    + F("shipping_fee_amount")
    + F("tax_amount")
)
_NOT_NEGATIVE = (
    Q(subtotal_amount__gte=0)
    & Q(discount_amount__gte=0)
    & Q(shipping_fee_amount__gte=0)
    & Q(tax_amount__gte=0)
    & Q(total_amount__gte=0)
)


class Checkout(BaseModel):
    """What a buyer ordered and pays at once, split into one order per shop."""

    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="checkouts")
    payment_method = models.CharField(max_length=10, choices=PaymentMethod.choices)
    currency = models.CharField(max_length=3)
    subtotal_amount = amount_field()
    discount_amount = amount_field(default=0)
    shipping_fee_amount = amount_field(default=0)
    tax_amount = amount_field(default=0)
    total_amount = amount_field()
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when the stock is held for an online payment."
    )

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="checkout_totals_add_up", condition=_TOTALS_ADD_UP),
            models.CheckConstraint(name="checkout_not_negative", condition=_NOT_NEGATIVE),
        ]
        indexes = [
            models.Index(
                name="checkout_due", fields=["expires_at"], condition=Q(expires_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Order(BaseModel):
    """One shop's part of a checkout; it lives its own life and keeps copies of what was agreed."""

    number = models.CharField(max_length=20, unique=True)
    checkout = models.ForeignKey(Checkout, models.PROTECT, related_name="orders")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="orders")
    status = models.CharField(max_length=20, choices=OrderStatus.choices)
    payment_status = models.CharField(
        max_length=20, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    payment_method = models.CharField(max_length=10, choices=PaymentMethod.choices)
    currency = models.CharField(max_length=3)
    subtotal_amount = amount_field()
    discount_amount = amount_field(default=0)
    shipping_fee_amount = amount_field(default=0)
    tax_amount = amount_field(default=0)
    total_amount = amount_field()
    # Who pays for the discount: on goods, where it is the sum of the items, and on shipping.
    seller_discount_amount = amount_field(default=0)
    platform_discount_amount = amount_field(default=0)
    seller_shipping_discount_amount = amount_field(default=0)
    platform_shipping_discount_amount = amount_field(default=0)
    vouchers = models.JSONField(
        default=list, blank=True, help_text="Code, name and what each took off, as it was."
    )
    shipping_address = models.JSONField()
    billing_address = models.JSONField()
    shipping_carrier = models.CharField(max_length=20, blank=True)
    shipping_service_code = models.CharField(max_length=50, blank=True)
    shipping_service_name = models.CharField(max_length=100, blank=True)
    shipping_fee_is_estimate = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The carrier did not answer: the rate table's fee stands in.",
    )
    weight_grams = models.PositiveBigIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)
    cancel_reason = models.CharField(max_length=500, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    complete_before = models.DateTimeField(
        null=True, blank=True, help_text="When receipt is taken as confirmed."
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="order_once_per_shop", fields=["checkout", "shop"]),
            models.CheckConstraint(name="order_totals_add_up", condition=_TOTALS_ADD_UP),
            models.CheckConstraint(name="order_not_negative", condition=_NOT_NEGATIVE),
            models.CheckConstraint(
                name="order_discount_adds_up",
                condition=Q(
                    discount_amount=F("seller_discount_amount")
                    + F("platform_discount_amount")
                    + F("seller_shipping_discount_amount")
                    + F("platform_shipping_discount_amount")
                ),
            ),
            models.CheckConstraint(
                name="order_discounts_within_prices",
                condition=Q(seller_discount_amount__gte=0)
                & Q(platform_discount_amount__gte=0)
                & Q(seller_shipping_discount_amount__gte=0)
                & Q(platform_shipping_discount_amount__gte=0)
                & Q(
                    subtotal_amount__gte=F("seller_discount_amount") + F("platform_discount_amount")
                )
                & Q(
                    shipping_fee_amount__gte=F("seller_shipping_discount_amount")
                    + F("platform_shipping_discount_amount")
                ),
            ),
        ]
        indexes = [
            models.Index(name="order_of_buyer", fields=["buyer", "created_at", "id"]),
            models.Index(name="order_of_shop", fields=["shop", "created_at", "id"]),
            # The console's filter of states that few orders are in.
            models.Index(
                name="order_by_rare_status",
                fields=["status", "-id"],
                condition=Q(
                    status__in=[
                        "pending_payment",
                        "confirmed",
                        "packed",
                        "shipped",
                        "delivered",
                        "delivery_failed",
                    ]
                ),
            ),
            # What the counting of days reads.
            models.Index(
                name="order_placed",
                fields=["placed_at"],
                condition=Q(placed_at__isnull=False),
            ),
            # What a shop still has to do something about: few of its orders.
            models.Index(
                name="order_to_serve",
                fields=["shop", "status"],
                condition=Q(status__in=["placed", "confirmed", "packed"]),
            ),
            models.Index(
                name="order_to_complete",
                fields=["complete_before"],
                condition=Q(status="delivered"),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def shipping_discount_amount(self) -> int:
        """What is taken off the shipping fee, whoever pays for it; part of `discount_amount`."""
        return self.seller_shipping_discount_amount + self.platform_shipping_discount_amount

    @property
    def whole_seller_discount_amount(self) -> int:
        """What the shop pays of the discount, on goods and shipping together."""
        return self.seller_discount_amount + self.seller_shipping_discount_amount

    @property
    def whole_platform_discount_amount(self) -> int:
        """What the platform pays of the discount, on goods and shipping together."""
        return self.platform_discount_amount + self.platform_shipping_discount_amount


class OrderItem(BaseModel):
    """One line: the variant and a copy of what it was when it was bought."""

    file_names: ClassVar = ("image",)

    order = models.ForeignKey(Order, models.PROTECT, related_name="items")
    variant = models.ForeignKey(ProductVariant, models.PROTECT, related_name="+")
    product_id = models.UUIDField()
    title = models.CharField(max_length=255)
    variant_name = models.CharField(max_length=150, blank=True)
    sku = models.CharField(max_length=64)
    image = models.CharField(max_length=255, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    unit_price_amount = amount_field()
    quantity = models.PositiveIntegerField()
    line_total_amount = amount_field()
    seller_discount_amount = amount_field(default=0)
    platform_discount_amount = amount_field(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="order_item_once", fields=["order", "variant"]),
            models.CheckConstraint(
                name="order_item_adds_up",
                condition=Q(quantity__gt=0)
                & Q(line_total_amount=F("unit_price_amount") * F("quantity")),
            ),
            models.CheckConstraint(
                name="order_item_discount_within_line",
                condition=Q(seller_discount_amount__gte=0)
                & Q(platform_discount_amount__gte=0)
                & Q(
                    line_total_amount__gte=F("seller_discount_amount")
                    + F("platform_discount_amount")
                ),
            ),
        ]
        indexes = [models.Index(name="order_item_of_product", fields=["product_id"])]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def discount_amount(self) -> int:
        """The line's whole share of discounts, whoever pays for it."""
        return self.seller_discount_amount + self.platform_discount_amount


class OrderEvent(BaseModel):
    """One entry of an order's timeline; append-only."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="events")
    from_status = models.CharField(max_length=20, choices=OrderStatus.choices, blank=True)
    to_status = models.CharField(max_length=20, choices=OrderStatus.choices)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(name="order_event_of", fields=["order", "id"])]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"
