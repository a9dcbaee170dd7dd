"""Payments of checkouts, what providers say of them, and the money that goes back."""

from uuid import uuid5

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from marketplace.common.models import BaseModel, amount_field
from marketplace.common.money import display_amount
from orders.constants import PaymentMethod
from orders.models import Checkout, Order, OrderItem
from orders.payments.constants import (
    EventOutcome,
    PaymentState,
    RefundKind,
    RefundStatus,
    TaskKind,
    TaskStatus,
)
from orders.payments.splitting import net_of


class Payment(BaseModel):
    """One try to pay a checkout with one provider."""

    checkout = models.ForeignKey(Checkout, models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=10, choices=PaymentMethod.choices)
    status = models.CharField(
        max_length=20, choices=PaymentState.choices, default=PaymentState.PENDING
    )
    amount = amount_field()
    currency = models.CharField(max_length=3)
    provider_reference = models.CharField(max_length=255, blank=True)
    redirect_url = models.URLField(max_length=2000, blank=True)
    client_secret = models.CharField(max_length=255, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=100, blank=True)
    queried_at = models.DateTimeField(
        null=True, blank=True, help_text="When the provider was last asked about it."
    )

    class Meta:
        indexes = [
            # What reconciliation asks the providers about.
            # What the counting of days reads. Payments lie as they were made, so that this index is
            # a few pages, and costs a checkout nothing.
            BrinIndex(
                name="payment_made", fields=["created_at"], autosummarize=True, pages_per_range=32
            ),
            models.Index(
                name="payment_open",
                fields=["created_at"],
                condition=Q(status__in=["pending", "requires_action"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="payment_reference_once",
                fields=["provider", "provider_reference"],
                condition=~Q(provider_reference=""),
            ),
            models.CheckConstraint(name="payment_amount_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {display_amount(self.amount, self.currency)} ({self.status})"

    @property
    def reference(self) -> str:
        """What the provider knows this try to pay by; never used for another one."""
        return self.pk.hex


class PaymentShare(BaseModel):
    """An order's part of a payment; the parts add up to the payment."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="shares")
    order = models.ForeignKey(Order, models.PROTECT, related_name="payment_shares")
    amount = amount_field()
    captured_amount = amount_field(default=0)
    refunded_amount = amount_field(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payment_share_once", fields=["payment", "order"]),
            models.CheckConstraint(
                name="payment_share_bounds",
                condition=Q(refunded_amount__gte=0)
                & Q(refunded_amount__lte=F("captured_amount"))
                & Q(captured_amount__lte=F("amount")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.order_id}"


class PaymentEvent(BaseModel):
    """A provider's message, stored before it is acted on; the same one has one effect."""

    provider = models.CharField(max_length=10, choices=PaymentMethod.choices)
    event_key = models.CharField(max_length=255)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="events"
    )
    kind = models.CharField(max_length=60)
    payload = models.TextField()
    outcome = models.CharField(
        max_length=20, choices=EventOutcome.choices, default=EventOutcome.RECEIVED
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payment_event_once", fields=["provider", "event_key"])
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} ({self.outcome})"


class Refund(BaseModel):
    """Money that goes back for one order; its lines say what it consists of."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    kind = models.CharField(max_length=10, choices=RefundKind.choices)
    status = models.CharField(
        max_length=20, choices=RefundStatus.choices, default=RefundStatus.PENDING
    )
    amount = amount_field()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=500, blank=True)
    source = models.CharField(
        max_length=100, unique=True, help_text="What asked for it: one cause, one refund."
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Looked up by order, of which there are few.
    replaced_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        db_index=False,
        help_text="The refund that the buyer got instead of this one, which failed.",
    )
    provider_reference = models.CharField(max_length=255, blank=True)
    retries = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often staff had it tried again."
    )
    attempts = models.PositiveIntegerField(default=0)
    in_doubt_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when its provider may have taken it on without our knowing.",
    )
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="refund_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="refund_approved_by_another",
                condition=Q(approved_by=None)
                | Q(requested_by=None)
                | ~Q(approved_by=F("requested_by")),
            ),
        ]
        indexes = [
            models.Index(name="refund_due", fields=["next_try_at"], condition=Q(status="pending")),
            models.Index(name="refund_of_order", fields=["order", "id"]),
            models.Index(name="refund_sent", fields=["ended_at"], condition=Q(status="succeeded")),
        ]

    def __str__(self) -> str:
        return f"{display_amount(self.amount, self.currency)} ({self.status})"

    @property
    def reference(self) -> str:
        """The idempotency key that its provider is given.

        Another one for each retry: a key that was refused is refused again, or taken for done.
        """
        key = uuid5(self.pk, str(self.retries)) if self.retries else self.pk
        return key.hex


class RefundLine(BaseModel):
    """One part of a refund: units of an item, or the order's shipping and tax (no item).

    The buyer gets `goods - seller_discount - platform_discount + shipping + tax` of it.
    """

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines")
    order_item = models.ForeignKey(
        OrderItem, models.PROTECT, null=True, blank=True, related_name="refund_lines"
    )
    quantity = models.PositiveIntegerField(default=0)
    goods_amount = amount_field(default=0)
    seller_discount_amount = amount_field(default=0)
    platform_discount_amount = amount_field(default=0)
    shipping_amount = amount_field(default=0)
    tax_amount = amount_field(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="refund_line_once",
                fields=["refund", "order_item"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="refund_line_not_negative",
                condition=Q(seller_discount_amount__gte=0)
                & Q(platform_discount_amount__gte=0)
                & Q(shipping_amount__gte=0)
                & Q(tax_amount__gte=0)
                & Q(
                    seller_discount_amount__lte=F("goods_amount")
                    + F("shipping_amount")
                    - F("platform_discount_amount")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"

    @property
    def amount(self) -> int:
        """What the buyer gets of it."""
        return net_of(self)


class ReconciliationTask(BaseModel):
    """Something about money that staff have to look at; what is safe is healed without them."""

    kind = models.CharField(max_length=30, choices=TaskKind.choices)
    key = models.CharField(max_length=255, help_text="What it is about; open once at a time.")
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, blank=True, related_name="tasks")
    details = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=TaskStatus.choices, default=TaskStatus.OPEN)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="reconciliation_task_open_once",
                fields=["kind", "key"],
                condition=Q(status="open"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.key})"


class ComparedDay(BaseModel):
    """A day whose list of captures was compared with what a provider says it took."""

    provider = models.CharField(max_length=10, choices=PaymentMethod.choices)
    day = models.DateField()
    listed = models.PositiveIntegerField(help_text="Captures that the provider listed.")
    differences = models.PositiveIntegerField(help_text="Of those and of ours: healed, or tasks.")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="compared_day_once", fields=["provider", "day"])
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.day}"


class FakeCharge(BaseModel):
    """The make-believe provider's own books, so that it can be asked what became of a payment."""

    reference = models.CharField(max_length=64, unique=True)
    amount = amount_field()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, default="waiting")
    refunds = models.JSONField(default=dict, help_text="Amounts by the refund's reference.")

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"
