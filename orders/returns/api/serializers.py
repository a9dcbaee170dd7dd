"""Returns as JSON, and the bodies that returns and shops' refunds are made from."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.common.api.fields import (
    ImageUploadsField,
    MediaUrlField,
    MoneyField,
    QuantityField,
    SparseFieldsMixin,
    TextField,
    media_url,
)
from orders.constants import MAX_ITEMS, ActorKind
from orders.payments.api.serializers import RefundSummarySerializer
from orders.returns.constants import (
    MAX_PHOTOS,
    MAX_REASON_LENGTH,
    SELLER_STEPS,
    Disposition,
    ReturnReason,
    ReturnStatus,
)
from orders.returns.models import Dispute, Return, ReturnEvent, ReturnLine, ReturnPhoto
from orders.returns.services.receiving import Received
from shops.api.serializers import StoredPickupAddressField

MAX_COMMENT_LENGTH = 2_000


class ReturnItemSerializer(serializers.ModelSerializer[ReturnLine]):
    """Units of an item that go back; `received_quantity` is null until they were received."""

    order_item_id = serializers.UUIDField(read_only=True)
    title = serializers.CharField(source="order_item.title", read_only=True)
    variant_name = serializers.CharField(source="order_item.variant_name", read_only=True)
    sku = serializers.CharField(source="order_item.sku", read_only=True)
    image_url = serializers.SerializerMethodField()

    class Meta:
        model = ReturnLine
        fields: tuple[str, ...] = (
            "order_item_id",
            "title",
            "variant_name",
            "sku",
            "image_url",
            "quantity",
            "received_quantity",
        )
        read_only_fields = fields

    def get_image_url(self, line: ReturnLine) -> str | None:
        return media_url(line.order_item.image)


class SellerReturnItemSerializer(ReturnItemSerializer):
    """As the shop sees it: `disposition` is empty until units were received."""

    disposition = serializers.ChoiceField(
        choices=Disposition.choices, allow_blank=True, read_only=True
    )

    class Meta(ReturnItemSerializer.Meta):
        fields = (*ReturnItemSerializer.Meta.fields, "disposition")
        read_only_fields = fields


class ReturnPhotoSerializer(serializers.ModelSerializer[ReturnPhoto]):
    url = MediaUrlField(source="file")

    class Meta:
        model = ReturnPhoto
        fields = ("id", "url")
        read_only_fields = fields


class ReturnTimelineSerializer(serializers.ModelSerializer[ReturnEvent]):
    status = serializers.ChoiceField(
        source="to_status", choices=ReturnStatus.choices, read_only=True
    )
    at = serializers.DateTimeField(source="created_at", read_only=True)
    by = serializers.ChoiceField(source="actor_kind", choices=ActorKind.choices, read_only=True)

    class Meta:
        model = ReturnEvent
        fields = ("status", "at", "by", "note")
        read_only_fields = fields


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    """What the buyer does not accept, and what staff decided."""

    refund = RefundSummarySerializer(read_only=True, allow_null=True)

    class Meta:
        model = Dispute
        fields = ("status", "reason", "decision", "decided_at", "refund", "created_at")
        read_only_fields = fields


class ReturnSerializer(SparseFieldsMixin, serializers.ModelSerializer[Return]):
    """A return as its buyer sees it; `send_to` is where the goods go, while it is approved."""

    order_id = serializers.UUIDField(read_only=True)
    order_number = serializers.CharField(source="order.number", read_only=True)
    items = ReturnItemSerializer(source="lines", many=True, read_only=True)
    photos = ReturnPhotoSerializer(many=True, read_only=True)
    refund_shipping = serializers.BooleanField(source="with_shipping", read_only=True)
    refund = RefundSummarySerializer(read_only=True, allow_null=True)
    dispute = serializers.SerializerMethodField()
    send_to = serializers.SerializerMethodField()
    deadline_at = serializers.DateTimeField(
        source="due_at",
        read_only=True,
        allow_null=True,
        help_text="Until when the shop answers, or the goods come. The shop's clock stands still "
        "while it is on holiday.",
    )
    timeline = ReturnTimelineSerializer(source="events", many=True, read_only=True)

    class Meta:
        model = Return
        fields: tuple[str, ...] = (
            "id",
            "order_id",
            "order_number",
            "status",
            "reason",
            "comment",
            "answer",
            "items",
            "photos",
            "refund_shipping",
            "refund",
            "dispute",
            "send_to",
            "deadline_at",
            "received_at",
            "closed_at",
            "timeline",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(DisputeSerializer(allow_null=True))
    def get_dispute(self, row: Return) -> dict[str, Any] | None:
        dispute = getattr(row, "dispute", None)
        return DisputeSerializer(dispute).data if dispute else None

    @extend_schema_field(StoredPickupAddressField(allow_null=True))
    def get_send_to(self, row: Return) -> Any:
        if row.status != ReturnStatus.APPROVED or not row.shop.pickup_address:
            return None
        return StoredPickupAddressField().to_representation(row.shop.pickup_address)


class SellerReturnSerializer(ReturnSerializer):
    """A return as its shop sees it: the buyer by name only."""

    items = SellerReturnItemSerializer(source="lines", many=True, read_only=True)
    buyer_name = serializers.CharField(source="order.buyer.full_name", read_only=True)

    class Meta(ReturnSerializer.Meta):
        fields = (*ReturnSerializer.Meta.fields, "buyer_name")
        read_only_fields = fields


class UnitsInput(serializers.Serializer[None]):
    order_item_id = serializers.UUIDField()
    quantity = QuantityField()


def _once_each(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len({item["order_item_id"] for item in items}) < len(items):
        raise serializers.ValidationError("Name each item once.", code="duplicate")
    return items


class CreateReturnInput(serializers.Serializer[None]):
    """What goes back, and why; in a multipart body `items` is JSON."""

    items: Any = serializers.ListSerializer(
        child=UnitsInput(), allow_empty=False, max_length=MAX_ITEMS
    )
    reason = serializers.ChoiceField(choices=ReturnReason.choices)
    comment = TextField(required=False, default="", allow_blank=True, max_length=MAX_COMMENT_LENGTH)

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _once_each(items)

    def to_request(self) -> dict[str, Any]:
        """Return the validated body as `request_return` takes it."""
        data = dict(self.validated_data)
        return {
            "units": {item["order_item_id"]: item["quantity"] for item in data.pop("items")},
            "reason": ReturnReason(data.pop("reason")),
            **data,
        }


class ReturnPhotosInput(serializers.Serializer[None]):
    images = ImageUploadsField(required=False, default=list, max_length=MAX_PHOTOS)


class CreateReturnWithPhotosInput(CreateReturnInput, ReturnPhotosInput):
    """For the documentation: a return in one request with its photos."""


class DisputeInput(serializers.Serializer[None]):
    reason = TextField(max_length=MAX_REASON_LENGTH)


class ReceivedInput(serializers.Serializer[None]):
    order_item_id = serializers.UUIDField()
    quantity = QuantityField(min_value=0)
    disposition = serializers.ChoiceField(choices=Disposition.choices, default=Disposition.RESTOCK)


class ChangeReturnInput(serializers.Serializer[None]):
    """A seller's step. `reason` is required to reject; the others belong to `received`.

    `items` left out: all units came and go back onto the shelf; an item left out did not come.
    """

    status = serializers.ChoiceField(choices=SELLER_STEPS)
    reason = TextField(required=False, default="", allow_blank=True, max_length=MAX_REASON_LENGTH)
    items: Any = serializers.ListSerializer(
        child=ReceivedInput(), required=False, max_length=MAX_ITEMS
    )
    refund_shipping = serializers.BooleanField(required=False, default=False)

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _once_each(items)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["status"] == ReturnStatus.REJECTED and not attrs["reason"].strip():
            raise serializers.ValidationError(
                {"reason": "Say why: the buyer reads it."}, code="required"
            )
        return attrs

    def received(self) -> dict[UUID, Received] | None:
        """Return what came, by order item; None where nothing was said of it."""
        items = self.validated_data.get("items")
        if items is None:
            return None
        return {
            item["order_item_id"]: Received(item["quantity"], Disposition(item["disposition"]))
            for item in items
        }


class CreateRefundInput(serializers.Serializer[None]):
    """Units by item, with the shipping fee or without it, or an amount."""

    items: Any = serializers.ListSerializer(
        child=UnitsInput(), required=False, allow_empty=False, max_length=MAX_ITEMS
    )
    refund_shipping = serializers.BooleanField(required=False, default=False)
    amount = MoneyField(required=False, min_amount=1)
    reason = TextField(max_length=MAX_REASON_LENGTH)

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _once_each(items)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("items" in attrs) == ("amount" in attrs):
            raise serializers.ValidationError({"items": "Give items or an amount."}, code="invalid")
        return attrs

    def to_request(self) -> dict[str, Any]:
        """Return the validated body as `refund_order` takes it."""
        data = self.validated_data
        units = data.get("items")
        return {
            "units": units and {item["order_item_id"]: item["quantity"] for item in units},
            "amount": data.get("amount"),
            "with_shipping": data["refund_shipping"],
            "reason": data["reason"],
        }
