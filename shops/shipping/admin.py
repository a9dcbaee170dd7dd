from django.contrib import admin

from marketplace.common.admin import ModelAdmin, NoDeleteAdmin
from shops.shipping.models import ShippingMethod, ShippingRate


class ShippingRateInline(admin.TabularInline[ShippingRate, ShippingMethod]):
    """The rate table: amounts are in the currency's smallest unit."""

    model = ShippingRate
    fields = ["zone", "up_to_grams", "fee_amount", "per_extra_kg_amount"]
    ordering = ["zone", "up_to_grams"]
    extra = 0


@admin.register(ShippingMethod)
class ShippingMethodAdmin(NoDeleteAdmin, ModelAdmin[ShippingMethod]):
    """Methods and their rates; one that is not offered any more is made inactive."""

    list_display = [
        "name",
        "service_code",
        "carrier",
        "carrier_service",
        "shop",
        "min_days",
        "max_days",
        "free_from_amount",
        "is_active",
    ]
    list_filter = ["carrier", "is_active", ("shop", admin.EmptyFieldListFilter)]
    list_select_related = ["shop"]
    search_fields = ["=service_code", "^name", "=shop__slug"]
    search_help_text = "A whole id, service code or shop slug, or how the name begins."
    ordering = ["-id"]
    inlines = [ShippingRateInline]


@admin.register(ShippingRate)
class ShippingRateAdmin(ModelAdmin[ShippingRate]):
    list_display = ["method", "zone", "up_to_grams", "fee_amount", "per_extra_kg_amount"]
    list_filter = ["zone"]
    list_select_related = ["method"]
    search_fields = ["=method__service_code"]
    search_help_text = "A whole service code."
    ordering = ["-id"]
