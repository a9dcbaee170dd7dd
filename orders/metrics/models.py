"""What happened on each day, counted once: dashboards read these few rows and never the orders.

A day is one of `LOCAL_TIME_ZONE`. An order counts on the day on which it was placed, whatever
becomes of it later: a cancelled one leaves the day's `units` and `revenue_amount`, and what was
sent back of the others is the day's `refunded_amount`. Written by `orders.metrics.services` alone.
"""

from django.db import models
from django.db.models import F, Q

from catalog.models import Product
from marketplace.common.models import amount_field
from orders.constants import PaymentMethod
from shops.models import Shop


def count_field() -> "models.PositiveBigIntegerField[int, int]":
    return models.PositiveBigIntegerField(default=0)


class ShopDay(models.Model):
    """A day of one shop; there is no row for a day on which nothing happened."""

    pk = models.CompositePrimaryKey("shop", "day")
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    day = models.DateField()
    orders = count_field()
    statuses = models.JSONField(default=dict, help_text="How many of them are what by now.")
    cancelled_orders = count_field()
    units = count_field()
    revenue_amount = amount_field(default=0)
    refunded_amount = amount_field(default=0)
    views = count_field()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(name="shop_day_by_day", fields=["day"])]
        constraints = [
            models.CheckConstraint(
                name="shop_day_adds_up",
                condition=Q(cancelled_orders__lte=F("orders")) & Q(refunded_amount__gte=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} on {self.day}"


class ProductDay(models.Model):
    """A day of one product; `revenue_amount` is what buyers pay for its units."""

    pk = models.CompositePrimaryKey("product", "day")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+", db_index=False)
    # The product's: the best of a shop are one range of an index.
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    units = count_field()
    revenue_amount = amount_field(default=0)
    views = count_field()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(name="product_day_of_shop", fields=["shop", "day"]),
            models.Index(name="product_day_by_day", fields=["day"]),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} on {self.day}"


class PlatformDay(models.Model):
    """A day of the whole site: its orders are those of all shops."""

    day = models.DateField(primary_key=True)
    orders = count_field()
    cancelled_orders = count_field()
    units = count_field()
    revenue_amount = amount_field(default=0)
    refunded_amount = amount_field(default=0)
    views = count_field()
    new_users = count_field()
    new_shops = count_field()
    searches = count_field()
    empty_searches = count_field()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.day)


class PaymentDay(models.Model):
    """Tries to pay with one provider that began on a day, and how many came to what by now."""

    pk = models.CompositePrimaryKey("day", "provider")
    day = models.DateField()
    provider = models.CharField(max_length=10, choices=PaymentMethod.choices)
    started = count_field()
    captured = count_field()
    failed = count_field()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="payment_day_adds_up",
                condition=Q(started__gte=F("captured") + F("failed")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} on {self.day}"


class RollupMark(models.Model):
    """Up to when everything that happened has been counted; one row, none before the first run."""

    counted_until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.counted_until)
