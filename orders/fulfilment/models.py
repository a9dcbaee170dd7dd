"""Parcels of orders, what is in them, and what carriers say about them."""

from django.db import models
from django.db.models import Q

from marketplace.common.models import BaseModel, amount_field
from orders.fulfilment.constants import BookingStatus, MessageOutcome, ShipmentStatus
from orders.fulfilment.querysets import ShipmentQuerySet
from orders.models import Order, OrderItem
from shops.shipping.constants import Carrier


class Shipment(BaseModel):
    """One parcel of an order.

    Without items it is the whole order: handed over by hand, or made before parcels had items.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=20, choices=Carrier.choices)
    service_code = models.CharField(max_length=50, blank=True)
    carrier_service = models.CharField(max_length=30, blank=True)
    reference = models.CharField(
        max_length=40,
        null=True,
        blank=True,
        unique=True,
        help_text="What the carrier knows this parcel by; the same in every try to book it.",
    )
    tracking_number = models.CharField(max_length=100, blank=True)
    fee_amount = amount_field(default=0)
    cod_amount = amount_field(default=0, help_text="What the carrier is to collect in all.")
    value_amount = amount_field(default=0)
    weight_grams = models.PositiveBigIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    status = models.CharField(
        max_length=10, choices=ShipmentStatus.choices, default=ShipmentStatus.CREATED
    )
    booking_status = models.CharField(
        max_length=10, choices=BookingStatus.choices, default=BookingStatus.BY_HAND
    )
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    last_report_at = models.DateTimeField(null=True, blank=True)
    attention = models.CharField(
        max_length=500, blank=True, help_text="What staff should look at; empty: nothing."
    )

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="shipment_tracking_once",
                fields=["carrier", "tracking_number"],
                condition=~Q(tracking_number="") & ~Q(carrier="MANUAL"),
            ),
            models.CheckConstraint(
                name="shipment_fee_not_negative",
                condition=Q(fee_amount__gte=0) & Q(cod_amount__gte=0) & Q(value_amount__gte=0),
            ),
        ]
        indexes = [
            models.Index(
                name="shipment_to_book",
                fields=["next_try_at"],
                condition=Q(booking_status__in=["pending", "cancelling"]),
            ),
            models.Index(
                name="shipment_to_poll",
                fields=["next_poll_at"],
                condition=Q(next_poll_at__isnull=False),
            ),
            models.Index(name="shipment_to_look_at", fields=["-id"], condition=~Q(attention="")),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number or self.reference or ''}"


class ShipmentItem(BaseModel):
    """So many units of one line of the order in a parcel."""

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="items")
    order_item = models.ForeignKey(OrderItem, models.PROTECT, related_name="shipment_items")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="shipment_item_once", fields=["shipment", "order_item"]),
            models.CheckConstraint(name="shipment_item_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_item_id}"


class ShipmentEvent(BaseModel):
    """One step of a parcel at its carrier's time; append-only. The steps make its status."""

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="events")
    status = models.CharField(max_length=10, choices=ShipmentStatus.choices)
    code = models.CharField(max_length=20, blank=True, help_text="The carrier's own.")
    happened_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(name="shipment_event_of", fields=["shipment", "happened_at"])]

    def __str__(self) -> str:
        return f"{self.status} at {self.happened_at}"


class CarrierMessage(BaseModel):
    """A carrier's message, stored before it is acted on; the same one has one effect."""

    carrier = models.CharField(max_length=20, choices=Carrier.choices)
    event_key = models.CharField(max_length=255)
    shipment = models.ForeignKey(
        Shipment, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    tracking_number = models.CharField(max_length=100)
    code = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=ShipmentStatus.choices, blank=True)
    happened_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    cod_amount = amount_field(null=True, blank=True)
    concern = models.CharField(max_length=200, blank=True)
    payload = models.TextField()
    outcome = models.CharField(
        max_length=20, choices=MessageOutcome.choices, default=MessageOutcome.RECEIVED
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="carrier_message_once", fields=["carrier", "event_key"])
        ]
        indexes = [models.Index(name="carrier_message_of", fields=["shipment", "happened_at"])]

    def __str__(self) -> str:
        return f"{self.carrier} {self.code} ({self.outcome})"
