"""Alerts as those who wait read and write them; amounts are decimal strings in `currency`."""

from typing import Any

from rest_framework import serializers

from catalog.alerts.constants import AlertKind
from catalog.alerts.models import Alert
from catalog.api.saved import (
    IsAvailableField,
    PresentPriceField,
    SavedProductField,
    SavedVariantField,
)
from marketplace.common.api.fields import CurrencyField, MoneyField, SparseFieldsMixin


class AlertSerializer(SparseFieldsMixin, serializers.ModelSerializer[Alert]):
    """What somebody waits for, or was told at `told_at`.

    `price_when_asked` is what it cost then, `price` what it costs now.
    """

    product = SavedProductField(read_only=True)
    variant = SavedVariantField()
    price_when_asked = MoneyField(source="price_amount", read_only=True)
    target_price = MoneyField(source="target_amount", read_only=True, allow_null=True)
    price = PresentPriceField()
    currency = CurrencyField()
    is_available = IsAvailableField()

    class Meta:
        model = Alert
        fields = (
            "id",
            "kind",
            "product",
            "variant",
            "target_price",
            "price_when_asked",
            "price",
            "currency",
            "is_available",
            "told_at",
            "created_at",
        )
        read_only_fields = fields


class CreateAlertInput(serializers.Serializer[None]):
    kind = serializers.ChoiceField(choices=AlertKind.choices)
    variant_id = serializers.UUIDField(
        required=False, default=None, allow_null=True, help_text="Empty: any variant will do."
    )
    target_price = MoneyField(
        source="target_amount",
        min_amount=1,
        required=False,
        default=None,
        allow_null=True,
        help_text="Only for price_drop: tell from this price on. Empty: any lower price.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["target_amount"] is not None and attrs["kind"] != AlertKind.PRICE_DROP:
            message = "Only an alert for a price has a target."
            raise serializers.ValidationError({"target_price": message}, code="invalid")
        return attrs


class AlertListInput(serializers.Serializer[None]):
    """The filters of one's own alerts."""

    kind = serializers.ChoiceField(choices=AlertKind.choices, required=False)
    waiting = serializers.BooleanField(
        required=False, help_text="true: what is still waited for; false: what was told."
    )
