"""Ways to send a parcel as JSON."""

from typing import Any

from rest_framework import serializers

from marketplace.common.api.fields import MoneyField


class ShippingOptionSerializer(serializers.Serializer[Any]):
    """One way to send a shop's parcel, with the days in which it is promised to arrive."""

    service_code = serializers.CharField(read_only=True)
    carrier = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    fee = MoneyField(source="fee_amount", read_only=True)
    min_days = serializers.IntegerField(read_only=True)
    max_days = serializers.IntegerField(read_only=True)
    is_estimate = serializers.BooleanField(
        read_only=True, help_text="The carrier did not answer: the rate table's fee stands in."
    )
