"""Parcels in the console, to be read."""

from django.contrib import admin

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin
from orders.fulfilment.models import Shipment, ShipmentEvent


class ShipmentEventInline(ReadOnlyAdmin, admin.TabularInline[ShipmentEvent, Shipment]):
    model = ShipmentEvent
    extra = 0
    fields = ["happened_at", "status", "note"]
    readonly_fields = ["happened_at", "status", "note"]


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin, ModelAdmin[Shipment]):
    list_display = ["tracking_number", "carrier", "order", "status", "created_at"]
    list_select_related = ["order"]
    list_filter = ["carrier", "status", "created_at"]
    search_fields = ["=tracking_number", "=order__number", "=id"]
    ordering = ["-id"]
    inlines = [ShipmentEventInline]
