"""Goods that buyers send back, and what staff decide where the two sides do not agree."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.common.models import BaseModel
from orders.constants import ActorKind
from orders.models import Order, OrderItem
from orders.payments.models import Refund
from orders.returns.constants import (
    MAX_REASON_LENGTH,
    Disposition,
    DisputeStatus,
    ReturnReason,
    ReturnStatus,
)
from orders.returns.querysets import ReturnQuerySet
from shops.models import Shop


class Return(BaseModel):
    """Units of one order that go back, from the buyer's request to the money.

    It is open until `closed_at`. `moved_at` is when its status last changed.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    # The order's: lists of a shop are one range of an index.
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="returns")
    status = models.CharField(
        max_length=10, choices=ReturnStatus.choices, default=ReturnStatus.REQUESTED
    )
    reason = models.CharField(max_length=20, choices=ReturnReason.choices)
    comment = models.TextField(blank=True)
    answer = models.CharField(
        max_length=MAX_REASON_LENGTH, blank=True, help_text="What the seller said; buyers read it."
    )
    with_shipping = models.BooleanField(
        default=False, help_text="Whether the shipping fee goes back too."
    )
    # Holidays of the shop aside: `with_due()` says what is shown and enforced.
    deadline_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when the seller answers, or the goods come."
    )
    moved_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="return_of"
    )

    objects = ReturnQuerySet.as_manager()

    class Meta:
        constraints = [
            # Goods that came, or staff's word, close it only where there is no money to wait for.
            models.CheckConstraint(
                name="return_open_or_closed",
                condition=Q(status__in=["requested", "approved", "disputed"], closed_at=None)
                | Q(status__in=["received", "decided"])
                | Q(status__in=["rejected", "refunded", "cancelled"], closed_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(name="return_of_order", fields=["order", "id"]),
            models.Index(name="return_of_shop", fields=["shop", "created_at", "id"]),
            models.Index(name="return_of_shop_by", fields=["shop", "status", "created_at", "id"]),
            models.Index(
                name="return_overdue",
                fields=["deadline_at"],
                condition=Q(status__in=["requested", "approved"]),
            ),
            # What stands in the way of closing an account or shop, or of paying a shop.
            models.Index(name="return_open", fields=["order"], condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} ({self.status})"


class ReturnLine(BaseModel):
    """Units of one item; what came of them is known once they are received."""

    return_request = models.ForeignKey(Return, models.PROTECT, related_name="lines")
    order_item = models.ForeignKey(OrderItem, models.PROTECT, related_name="return_lines")
    quantity = models.PositiveIntegerField()
    received_quantity = models.PositiveIntegerField(null=True, blank=True)
    disposition = models.CharField(max_length=10, choices=Disposition.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="return_line_once", fields=["return_request", "order_item"]
            ),
            models.CheckConstraint(
                name="return_line_quantities",
                condition=Q(quantity__gt=0)
                & (Q(received_quantity=None) | Q(received_quantity__lte=F("quantity"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_item_id}"


class ReturnPhoto(BaseModel):
    return_request = models.ForeignKey(Return, models.PROTECT, related_name="photos")
    file = models.ImageField(upload_to="returns/")
    position = models.PositiveSmallIntegerField(default=0)

    image_sides: ClassVar = {"file": 1_200}

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return str(self.file)


class ReturnEvent(BaseModel):
    """One entry of a return's timeline; append-only."""

    return_request = models.ForeignKey(Return, models.PROTECT, related_name="events")
    from_status = models.CharField(max_length=10, choices=ReturnStatus.choices, blank=True)
    to_status = models.CharField(max_length=10, choices=ReturnStatus.choices)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=MAX_REASON_LENGTH, blank=True)

    class Meta:
        indexes = [models.Index(name="return_event_of", fields=["return_request", "id"])]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class Dispute(BaseModel):
    """A return that buyer and seller do not agree on, before staff; once per return."""

    return_request = models.OneToOneField(Return, models.PROTECT, related_name="dispute")
    from_status = models.CharField(
        max_length=10, choices=ReturnStatus.choices, help_text="What the buyer does not accept."
    )
    reason = models.CharField(max_length=MAX_REASON_LENGTH)
    status = models.CharField(
        max_length=10, choices=DisputeStatus.choices, default=DisputeStatus.OPEN
    )
    decision = models.CharField(
        max_length=MAX_REASON_LENGTH, blank=True, help_text="Why; both sides read it."
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="dispute_of"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dispute_refund_only_for_buyer",
                condition=Q(refund=None) | Q(status="refunded"),
            )
        ]
        indexes = [models.Index(name="dispute_open", fields=["id"], condition=Q(status="open"))]

    def __str__(self) -> str:
        return f"{self.return_request.order.number} ({self.status})"
