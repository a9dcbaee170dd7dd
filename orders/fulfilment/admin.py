"""Parcels in the console, to be read."""

from django.contrib import admin
from django.db.models import QuerySet

from marketplace.common.admin import IdSearchAdmin, ModelAdmin, ReadOnlyAdmin, RowsInline
from orders.constants import NUMBER_PREFIX
from orders.fulfilment.models import Shipment, ShipmentEvent
from shops.shipping.constants import Carrier


class ShipmentEventInline(RowsInline):
    model = ShipmentEvent
    ordering = ["id"]
    fields = ["happened_at", "status", "note"]


@admin.register(Shipment)
class ShipmentAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Shipment]):
    list_display = ["tracking_number", "carrier", "order", "status", "created_at"]
    list_select_related = ["order"]
    list_filter = ["carrier", "status", "created_at"]
    search_help_text = "The id of a parcel or order, an order's number, or a tracking number."
    ordering = ["-id"]
    id_fields = ("pk", "order")
    inlines = [ShipmentEventInline]

    def found(self, queryset: QuerySet[Shipment], term: str) -> QuerySet[Shipment]:
        if term.upper().startswith(NUMBER_PREFIX):
            return queryset.filter(order__number=term.upper())
        return queryset.filter(carrier__in=Carrier.values, tracking_number=term)
