"""Filters of shipping methods and rates."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

if TYPE_CHECKING:
    from shops.shipping.models import ShippingRate


class ShippingRateQuerySet(models.QuerySet["ShippingRate"]):
    def offered_by(self, shop_id: UUID | Combinable | OuterRef) -> Self:
        """Rates of the active methods that a shop offers: the platform's and its own."""
        return self.filter(
            Q(method__shop=None) | Q(method__shop_id=shop_id), method__is_active=True
        )

    def as_json(self) -> "models.QuerySet[ShippingRate, dict[str, object]]":
        """Rows as JSON objects, for a subquery that brings them along with something else."""
        method = (
            "service_code",
            "carrier",
            "carrier_service",
            "name",
            "min_days",
            "max_days",
            "free_from_amount",
        )
        return self.values(
            row=JSONObject(
                zone="zone",
                up_to_grams="up_to_grams",
                fee_amount="fee_amount",
                per_extra_kg_amount="per_extra_kg_amount",
                is_own=Q(method__shop_id__isnull=False),
                position=F("method__position"),
                **{name: F(f"method__{name}") for name in method},
            )
        )
