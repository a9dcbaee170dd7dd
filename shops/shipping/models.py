"""Shipping methods and their rate tables."""

from django.db import models
from django.db.models import F, Q

from marketplace.common.models import BaseModel, amount_field
from shops.models import Shop
from shops.shipping.constants import Carrier, Zone
from shops.shipping.querysets import ShippingRateQuerySet


class ShippingMethod(BaseModel):
    """A service that buyers choose; without a shop it is offered by every shop."""

    shop = models.ForeignKey(
        Shop, models.CASCADE, null=True, blank=True, related_name="shipping_methods"
    )
    carrier = models.CharField(max_length=20, choices=Carrier.choices, default=Carrier.MANUAL)
    carrier_service = models.CharField(
        max_length=30,
        blank=True,
        help_text="The carrier's own name: road or fly (GHTK), VCN or another (Viettel Post).",
    )
    service_code = models.SlugField(max_length=50)
    name = models.CharField(max_length=100)
    min_days = models.PositiveSmallIntegerField(default=2)
    max_days = models.PositiveSmallIntegerField(default=5)
    free_from_amount = amount_field(
        null=True, blank=True, help_text="Goods' value from which shipping is free."
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="shipping_method_code_once",
                fields=["shop", "service_code"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="shipping_method_days_ordered", condition=Q(min_days__lte=F("max_days"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ShippingRate(BaseModel):
    """One step of a rate table: the fee for a zone up to a weight.

    Above the last step each started kilo costs that step's `per_extra_kg_amount` more.
    """

    method = models.ForeignKey(ShippingMethod, models.CASCADE, related_name="rates")
    zone = models.CharField(max_length=20, choices=Zone.choices)
    up_to_grams = models.PositiveIntegerField()
    fee_amount = amount_field()
    per_extra_kg_amount = amount_field(default=0)

    objects = ShippingRateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="shipping_rate_step_once", fields=["method", "zone", "up_to_grams"]
            ),
            models.CheckConstraint(
                name="shipping_rate_not_negative",
                condition=Q(fee_amount__gte=0) & Q(per_extra_kg_amount__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.zone} ≤ {self.up_to_grams} g"
