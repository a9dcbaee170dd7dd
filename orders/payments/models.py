"""Payments of checkouts and how each is split over the checkout's orders."""

from django.db import models
from django.db.models import F, Q

from marketplace.common.models import BaseModel, amount_field
from marketplace.common.money import display_amount
from orders.constants import PaymentMethod
from orders.models import Checkout, Order
from orders.payments.constants import PaymentState


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

    class Meta:
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
