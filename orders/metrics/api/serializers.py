"""Dashboards; amounts are decimal strings in `currency`, rates are parts of one."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers

from marketplace.common.api.fields import CurrencyField, MediaUrlField, MoneyField
from marketplace.common.local_days import today
from orders.constants import PaymentMethod
from orders.metrics.constants import (
    COUNT_CAP,
    DEFAULT_DAYS,
    FIRST_DAY,
    LAST_DAY,
    LOW_STOCK_SHOWN,
    MAX_DAYS,
    TOP_PRODUCTS,
)
from orders.metrics.selectors import Period

_SENSIBLE: Final = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


class PeriodInput(serializers.Serializer[Any]):
    """The days that a dashboard is asked for."""

    to = serializers.DateField(
        required=False,
        validators=_SENSIBLE,
        help_text="The last day, YYYY-MM-DD. Left out: today.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        first = serializers.DateField(
            required=False,
            validators=_SENSIBLE,
            help_text=f"The first day, YYYY-MM-DD. Left out: {DEFAULT_DAYS} days up to the last. "
            f"At most {MAX_DAYS} days.",
        )
        # `from` cannot be the name of an attribute.
        return {"from": first, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last = attrs.get("to") or max(today(), attrs.get("from", today()))
        first = attrs.get("from") or last - timedelta(days=DEFAULT_DAYS - 1)
        if last < first:
            raise serializers.ValidationError(
                {"to": "The last day comes before the first."}, code="min_value"
            )
        if (last - first).days >= MAX_DAYS:
            raise serializers.ValidationError(
                {"from": f"Ask for at most {MAX_DAYS} days at once."}, code="too_many_days"
            )
        return {"period": Period(first, last)}


class _PeriodFields(serializers.Serializer[Any]):
    """What every dashboard begins with: which days, of which zone, and as of when."""

    to = serializers.DateField(source="period.last")
    time_zone = serializers.SerializerMethodField(help_text="Whose midnights part the days.")
    currency = CurrencyField()
    counted_until = serializers.DateTimeField(
        allow_null=True, help_text="Figures per day are of this moment; null before the first."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {"from": serializers.DateField(source="period.first"), **super().get_fields()}

    def get_time_zone(self, _dashboard: Any) -> str:
        return str(settings.LOCAL_TIME_ZONE)


class SalesSerializer(serializers.Serializer[Any]):
    """Orders count on the day on which they were placed, whatever becomes of them later."""

    orders = serializers.IntegerField()
    cancelled_orders = serializers.IntegerField(help_text="How many of them are cancelled by now.")
    units = serializers.IntegerField(help_text="In those that are not cancelled.")
    revenue = MoneyField(
        source="revenue_amount",
        read_only=True,
        help_text="What buyers pay for those that are not cancelled, with shipping and tax.",
    )
    refunded = MoneyField(
        source="refunded_amount",
        read_only=True,
        help_text="What of the revenue was sent back by now.",
    )
    views = serializers.IntegerField(help_text="How often products were looked at.")


class SalesDaySerializer(SalesSerializer):
    day = serializers.DateField()


class SalesTotalsSerializer(SalesSerializer):
    conversion_rate = serializers.FloatField(
        allow_null=True, help_text="Orders per view; null where nobody looked."
    )


class TopProductSerializer(serializers.Serializer[Any]):
    product_id = serializers.UUIDField(source="product.id")
    title = serializers.CharField(source="product.title")
    slug = serializers.CharField(source="product.slug")
    thumbnail_url = MediaUrlField(source="product.thumbnail")
    units = serializers.IntegerField()
    revenue = MoneyField(source="revenue_amount", read_only=True, help_text="Goods, discounts off.")
    views = serializers.IntegerField()


class RatingsSerializer(serializers.Serializer[Any]):
    average_rating = serializers.FloatField()
    review_count = serializers.IntegerField()
    histogram = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many reviews have each rating, 5 first."
    )


class LowStockItemSerializer(serializers.Serializer[Any]):
    variant_id = serializers.UUIDField(source="id")
    product_id = serializers.UUIDField()
    title = serializers.CharField(source="product.title")
    variant_name = serializers.CharField(source="name")
    sku = serializers.CharField()
    available = serializers.IntegerField(source="stock.available")
    low_stock_threshold = serializers.IntegerField(source="stock.low_stock_threshold")


class LowStockSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text=f"{COUNT_CAP + 1} stands for more than {COUNT_CAP}.")
    items = LowStockItemSerializer(
        source="variants", many=True, help_text=f"The {LOW_STOCK_SHOWN} with the fewest units."
    )


class DueSerializer(serializers.Serializer[Any]):
    """Of this moment."""

    to_confirm = serializers.IntegerField()
    to_pack = serializers.IntegerField()
    to_hand_over = serializers.IntegerField()
    returns_to_answer = serializers.IntegerField()
    returns_due_today = serializers.IntegerField(
        help_text="Of these, what is approved without the seller's answer before tomorrow."
    )


class SellerDashboardSerializer(_PeriodFields):
    """A shop's days, each of them, also those on which nothing happened."""

    totals = SalesTotalsSerializer()
    days = SalesDaySerializer(many=True)
    orders_by_status = serializers.DictField(
        child=serializers.IntegerField(), help_text="What the days' orders are by now."
    )
    top_products = TopProductSerializer(
        many=True, help_text=f"The {TOP_PRODUCTS} with the most revenue."
    )
    ratings = RatingsSerializer(source="*", help_text="Of all time.")
    low_stock = LowStockSerializer(help_text="Of this moment.")
    due = DueSerializer()


class WaitingSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    count = serializers.IntegerField()
    is_more = serializers.BooleanField(help_text="Whether there are more than `count`.")
    url = serializers.CharField(help_text="The list in the console.")


class TopShopSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="shop.id")
    name = serializers.CharField(source="shop.name")
    slug = serializers.CharField(source="shop.slug")
    orders = serializers.IntegerField()
    revenue = MoneyField(source="revenue_amount", read_only=True)


class PlatformSalesSerializer(serializers.Serializer[Any]):
    totals = SalesTotalsSerializer(source="figures.totals")
    days = SalesDaySerializer(source="figures.days", many=True)
    top_shops = TopShopSerializer(many=True, help_text="Those with the most revenue.")


class RegistrationsDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    new_users = serializers.IntegerField()
    new_shops = serializers.IntegerField()


class RegistrationsSerializer(serializers.Serializer[Any]):
    new_users = serializers.IntegerField(source="totals.new_users")
    new_shops = serializers.IntegerField(source="totals.new_shops")
    days = RegistrationsDaySerializer(many=True)


class PaymentTriesSerializer(serializers.Serializer[Any]):
    """Tries to pay that began in these days."""

    provider = serializers.ChoiceField(choices=PaymentMethod.choices)
    started = serializers.IntegerField()
    captured = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Or cancelled, or expired.")
    success_rate = serializers.FloatField(
        allow_null=True, help_text="The part that was captured of those captured or failed."
    )


class SearchesDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    searches = serializers.IntegerField()
    empty_searches = serializers.IntegerField()


class SearchTotalsSerializer(serializers.Serializer[Any]):
    searches = serializers.IntegerField(source="totals.searches")
    empty_searches = serializers.IntegerField(
        source="totals.empty_searches", help_text="That found nothing."
    )
    empty_rate = serializers.FloatField(source="totals.empty_rate", allow_null=True)
    days = SearchesDaySerializer(many=True)


class AdminDashboardSerializer(_PeriodFields):
    """The site's days. A part is null for callers who may not see the lists behind it."""

    waiting = WaitingSerializer(many=True, help_text="What waits for the caller.")
    sales = PlatformSalesSerializer(allow_null=True)
    registrations = RegistrationsSerializer(allow_null=True)
    payments = PaymentTriesSerializer(many=True, allow_null=True)
    searches = SearchTotalsSerializer(allow_null=True)
