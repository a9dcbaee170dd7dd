"""Parcels in the console: read, booked again, called off, and taken off the list of worries."""

from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from marketplace.common.admin import (
    IdSearchAdmin,
    ModelAdmin,
    ReadOnlyAdmin,
    RowsInline,
    opens,
    row_action,
)
from marketplace.common.errors import InvalidTransition
from orders.constants import NUMBER_PREFIX
from orders.fulfilment.booking import cancel_shipment, retry_booking
from orders.fulfilment.models import CarrierMessage, Shipment, ShipmentEvent, ShipmentItem
from orders.fulfilment.reports import look_after, poll_shipment
from shops.shipping.constants import Carrier


class ShipmentItemInline(RowsInline):
    model = ShipmentItem
    ordering = ["id"]
    fields = ["order_item", "quantity"]


class ShipmentEventInline(RowsInline):
    model = ShipmentEvent
    ordering = ["happened_at", "id"]
    fields = ["happened_at", "status", "code", "note", "created_at"]


class CarrierMessageInline(RowsInline):
    model = CarrierMessage
    ordering = ["happened_at", "id"]
    fields = ["happened_at", opens("code"), "status", "outcome", "created_at"]


@admin.register(Shipment)
class ShipmentAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Shipment]):
    list_display = [
        "tracking_number",
        "carrier",
        "order",
        "status",
        "booking_status",
        "attention",
        "created_at",
    ]
    list_select_related = ["order"]
    list_filter = [
        ("attention", admin.EmptyFieldListFilter),
        "carrier",
        "status",
        "booking_status",
        "created_at",
    ]
    search_help_text = "The id of a parcel or order, an order's number, or a tracking number."
    ordering = ["-id"]
    id_fields = ("pk", "order")
    inlines = [ShipmentItemInline, ShipmentEventInline, CarrierMessageInline]
    actions = ["retry", "call_off", "ask", "seen"]
    waiting = ("Parcels to look at", {"attention__gt": ""})

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may do something about parcels."""
        return request.user.has_perm("fulfilment.change_shipment")

    def found(self, queryset: QuerySet[Shipment], term: str) -> QuerySet[Shipment]:
        if term.upper().startswith(NUMBER_PREFIX):
            number = term.upper()
            return queryset.filter(Q(order__number=number) | Q(reference=number))
        return queryset.filter(carrier__in=Carrier.values, tracking_number=term)

    @row_action(description="Try to book again", permissions=["act"])
    def retry(self, request: HttpRequest, shipment_id: UUID) -> None:
        retry_booking(shipment_id)

    @row_action(description="Call off", permissions=["act"])
    def call_off(self, request: HttpRequest, shipment_id: UUID) -> None:
        cancel_shipment(shipment_id)

    @row_action(description="Ask the carrier now", permissions=["act"])
    def ask(self, request: HttpRequest, shipment_id: UUID) -> None:
        poll_shipment(shipment_id)

    @row_action(description="Seen: nothing more to look at", permissions=["act"])
    def seen(self, request: HttpRequest, shipment_id: UUID) -> None:
        if not look_after(shipment_id):
            raise InvalidTransition("There is nothing to look at on this parcel.")


@admin.register(CarrierMessage)
class CarrierMessageAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[CarrierMessage]):
    """What carriers reported, word for word."""

    list_display = ["created_at", "carrier", "tracking_number", "code", "outcome", "shipment"]
    list_select_related = ["shipment"]
    id_fields = ("pk", "shipment")
    list_filter = ["carrier", "outcome"]
    search_help_text = "The id of a message or parcel, or the carrier's key of a message."
    ordering = ["-id"]

    def found(self, queryset: QuerySet[CarrierMessage], term: str) -> QuerySet[CarrierMessage]:
        return queryset.filter(carrier__in=Carrier.values, event_key=term)
