"""Parcels of orders and what carriers say about them."""

from django.db import models
from django.db.models import Q

from marketplace.common.models import BaseModel, amount_field
from orders.fulfilment.constants import ShipmentStatus
from orders.models import Order
from shops.shipping.constants import Carrier


class Shipment(BaseModel):
    """One parcel of an order."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=20, choices=Carrier.choices)
    service_code = models.CharField(max_length=50, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    fee_amount = amount_field(default=0)
    status = models.CharField(
        max_length=10, choices=ShipmentStatus.choices, default=ShipmentStatus.CREATED
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="shipment_tracking_once",
                fields=["carrier", "tracking_number"],
                condition=~Q(tracking_number="") & ~Q(carrier="MANUAL"),
            ),
            models.CheckConstraint(
                name="shipment_fee_not_negative", condition=Q(fee_amount__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}"


class ShipmentEvent(BaseModel):
    """One report of a carrier, kept as it came; append-only."""

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="events")
    status = models.CharField(max_length=10, choices=ShipmentStatus.choices)
    happened_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(name="shipment_event_of", fields=["shipment", "happened_at"])]

    def __str__(self) -> str:
        return f"{self.status} at {self.happened_at}"
