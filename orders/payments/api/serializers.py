"""Refunds as JSON."""

from rest_framework import serializers

from marketplace.common.api.fields import MoneyField, SparseFieldsMixin
from orders.payments.models import Refund, RefundLine


class RefundLineSerializer(serializers.ModelSerializer[RefundLine]):
    """Part of a refund: units or money of an item, or shipping and tax (`order_item_id` null)."""

    order_item_id = serializers.UUIDField(read_only=True, allow_null=True)
    amount = MoneyField(read_only=True)

    class Meta:
        model = RefundLine
        fields = ("order_item_id", "quantity", "amount")
        read_only_fields = fields


class RefundSummarySerializer(serializers.ModelSerializer[Refund]):
    """A refund in few words."""

    amount = MoneyField(read_only=True)

    class Meta:
        model = Refund
        fields: tuple[str, ...] = ("id", "kind", "status", "amount", "currency", "ended_at")
        read_only_fields = fields


class RefundSerializer(SparseFieldsMixin, RefundSummarySerializer):
    """Money that goes back, and what it consists of."""

    lines = RefundLineSerializer(many=True, read_only=True)

    class Meta(RefundSummarySerializer.Meta):
        fields = (*RefundSummarySerializer.Meta.fields, "reason", "lines", "created_at")
        read_only_fields = fields
