"""Parcels as JSON, and the bodies that they are made from."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from marketplace.common.api.fields import (
    MoneyField,
    QuantityField,
    StrictIntegerField,
    TextField,
)
from orders.constants import MAX_ITEMS
from orders.fulfilment.booking import WantedParcel
from orders.fulfilment.constants import ShipmentStatus
from orders.fulfilment.models import Shipment, ShipmentEvent, ShipmentItem
from orders.models import Order
from shops.shipping.constants import Carrier

MAX_BULK = 100
MAX_GRAMS = 1_000_000


class ShipmentItemSerializer(serializers.ModelSerializer[ShipmentItem]):
    order_item_id = serializers.UUIDField(read_only=True)

    class Meta:
        model = ShipmentItem
        fields = ("order_item_id", "quantity")
        read_only_fields = fields


class ShipmentEventSerializer(serializers.ModelSerializer[ShipmentEvent]):
    """One step of a parcel, at its carrier's time."""

    at = serializers.DateTimeField(source="happened_at", read_only=True)

    class Meta:
        model = ShipmentEvent
        fields = ("status", "at", "note")
        read_only_fields = fields


class ShipmentSerializer(serializers.ModelSerializer[Shipment]):
    """A parcel; without `items` it is the whole order."""

    fee = MoneyField(source="fee_amount", read_only=True)
    items = ShipmentItemSerializer(many=True, read_only=True)
    events = ShipmentEventSerializer(many=True, read_only=True)

    class Meta:
        model = Shipment
        fields: tuple[str, ...] = (
            "id",
            "carrier",
            "service_code",
            "tracking_number",
            "status",
            "fee",
            "items",
            "events",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class SellerShipmentSerializer(ShipmentSerializer):
    """A parcel as its shop sees it: with its booking, and what went wrong with that."""

    cash_on_delivery = MoneyField(source="cod_amount", read_only=True)
    problem = serializers.CharField(source="last_error", read_only=True)

    class Meta(ShipmentSerializer.Meta):
        fields = (
            *ShipmentSerializer.Meta.fields,
            "booking_status",
            "reference",
            "weight_grams",
            "cash_on_delivery",
            "problem",
        )
        read_only_fields = fields


def last_shipment(order: Order, serializer: type[ShipmentSerializer]) -> dict[str, Any] | None:
    """Return the last parcel of an order that was not called off, else the last one, or None."""
    shipments = list(order.shipments.all())
    live = [each for each in shipments if each.status != ShipmentStatus.CANCELLED]
    last = (live or shipments)[-1:]
    return dict(serializer(last[0]).data) if last else None


@extend_schema_serializer(component_name="ShipmentItemRequest")
class ShipmentItemInput(serializers.Serializer[None]):
    order_item_id = serializers.UUIDField()
    quantity = QuantityField()


@extend_schema_serializer(component_name="BookShipment")
class BookShipmentInput(serializers.Serializer[None]):
    """A parcel to be booked; without `items` all that is in none yet."""

    carrier = serializers.ChoiceField(
        choices=Carrier.choices, required=False, help_text="Left out: the one the buyer chose."
    )
    items: Any = serializers.ListSerializer(
        child=ShipmentItemInput(), required=False, allow_empty=False, max_length=MAX_ITEMS
    )
    weight_grams = StrictIntegerField(
        required=False,
        min_value=1,
        max_value=MAX_GRAMS,
        help_text="As weighed with its packaging; left out: the sum of the goods.",
    )
    tracking_number = TextField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Of a parcel sent by hand (`MANUAL`); carriers give their own.",
    )
    note = TextField(max_length=200, required=False, allow_blank=True, help_text="For the driver.")

    def to_parcel(self) -> WantedParcel:
        """Return the validated body as the service takes it; a line named twice counts once."""
        data = dict(self.validated_data)
        units: dict[UUID, int] = {}
        for row in data.pop("items", []):
            item_id = row["order_item_id"]
            units[item_id] = units.get(item_id, 0) + row["quantity"]
        return WantedParcel(items=units, **data)


class BulkOrdersInput(serializers.Serializer[None]):
    """Up to 100 orders; one named twice counts once."""

    order_ids: Any = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MAX_BULK
    )


class BulkLabelsQuery(serializers.Serializer[None]):
    order_ids = serializers.CharField(
        max_length=MAX_BULK * 40, help_text=f"By comma, at most {MAX_BULK}."
    )

    def validate_order_ids(self, text: str) -> list[UUID]:
        try:
            ids = [UUID(part.strip()) for part in text.split(",")]
        except ValueError as error:
            raise serializers.ValidationError("Give ids, by comma.", code="invalid") from error
        if len(ids) > MAX_BULK:
            message = f"At most {MAX_BULK} orders at once."
            raise serializers.ValidationError(message, code="max_length")
        return ids


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one order: `ok`, or the code of the refusal."""

    order_id = serializers.UUIDField()
    number = serializers.CharField(help_text="Empty for an order that is not the shop's.")
    ok = serializers.BooleanField(source="is_ok")
    code = serializers.CharField(help_text="Empty where it went well.")
    message = serializers.CharField()


class OutcomesSerializer(serializers.Serializer[Any]):
    results = OutcomeSerializer(many=True)


class LabelOutcomesSerializer(OutcomesSerializer):
    labels_url = serializers.CharField(
        allow_null=True, help_text="Where the labels of those that have some are, as one PDF."
    )


class LabelQuery(serializers.Serializer[None]):
    shipment_id = serializers.UUIDField(
        required=False, help_text="One parcel; left out: all that are booked."
    )
