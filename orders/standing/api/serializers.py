"""Standing as JSON."""

from typing import Any

from rest_framework import serializers

from marketplace.common.api.fields import SparseFieldsMixin
from orders.models import Order
from orders.standing.constants import Measure, Obligation


class FigureSerializer(serializers.Serializer[Any]):
    measure = serializers.ChoiceField(choices=Measure.choices)
    count = serializers.IntegerField()
    of = serializers.IntegerField(help_text="How many orders it is about.")
    rate = serializers.FloatField(allow_null=True, help_text="A part of one; null of none.")


class DueStepSerializer(serializers.Serializer[Any]):
    """A step that the shop owes. Its clock stands still while the shop is on holiday."""

    obligation = serializers.ChoiceField(choices=Obligation.choices)
    order_id = serializers.UUIDField()
    number = serializers.CharField()
    return_id = serializers.UUIDField(allow_null=True)
    since = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    is_late = serializers.BooleanField()
    cancelled_at = serializers.DateTimeField(
        allow_null=True, help_text="When the order is cancelled unless the shop acts."
    )


class StandingSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField(help_text="Orders made since are counted.")
    measures = FigureSerializer(source="figures", many=True)
    due = DueStepSerializer(many=True, help_text="What is due first, first; the next 50.")


class CountedOrderSerializer(SparseFieldsMixin, serializers.ModelSerializer[Order]):
    """An order behind a number, with the times that put it there."""

    class Meta:
        model = Order
        fields = (
            "id",
            "number",
            "status",
            "placed_at",
            "confirmed_at",
            "shipped_at",
            "delivered_at",
            "cancelled_at",
            "cancel_reason",
            "created_at",
        )
        read_only_fields = fields
