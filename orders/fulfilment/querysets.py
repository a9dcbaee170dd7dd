"""Filters and locks of parcels."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from orders.fulfilment.constants import BookingStatus, ShipmentStatus

if TYPE_CHECKING:
    from orders.fulfilment.models import Shipment


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def live(self) -> Self:
        """Parcels that were not called off."""
        return self.exclude(status=ShipmentStatus.CANCELLED)

    def booking_due(self) -> Self:
        """Parcels whose carrier is to be told of them, or that they are called off."""
        waiting = (BookingStatus.PENDING, BookingStatus.CANCELLING)
        return self.filter(booking_status__in=waiting, next_try_at__lte=Now())

    def poll_due(self) -> Self:
        """Parcels to ask the carrier about."""
        return self.filter(next_poll_at__lte=Now())

    def lock(self, shipment_id: UUID) -> "Shipment":
        """Lock one parcel and read it; its order is locked already."""
        return self.select_for_update(of=("self",)).get(pk=shipment_id)

    def lock_of(self, order_ids: Iterable[UUID]) -> "list[Shipment]":
        """Lock the parcels of locked orders in pk order and read them."""
        parcels = self.filter(order_id__in=list(order_ids)).order_by("pk")
        return list(parcels.select_for_update(of=("self",)))
