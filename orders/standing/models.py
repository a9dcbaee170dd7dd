"""How shops keep their word: warnings that were given, and counts that lists show."""

from django.db import models
from django.db.models import F, Q

from marketplace.common.models import BaseModel
from orders.models import Order
from orders.standing.constants import Measure, Obligation
from shops.models import Shop


class DeadlineWarning(BaseModel):
    """A shop was told that an order is nearly late: once, and before it is cancelled for that."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="deadline_warnings")
    obligation = models.CharField(max_length=20, choices=Obligation.choices)
    due_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(name="warning_once", fields=["order", "obligation"])]

    def __str__(self) -> str:
        return f"{self.obligation} by {self.due_at}"


def _count() -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(default=0)


class ShopStanding(models.Model):
    """The last 30 days of a shop, as lists show them; written by `count_standings` alone."""

    shop = models.OneToOneField(Shop, models.CASCADE, primary_key=True, related_name="standing")
    counted_at = models.DateTimeField()
    orders = _count()
    late_confirmations = _count()
    confirmed_orders = _count()
    late_hand_overs = _count()
    cancellations = _count()
    delivered_orders = _count()
    returns = _count()
    returned_orders = _count()
    late_answers = _count()
    late_rate_bps = models.PositiveIntegerField(
        default=0, help_text="Late confirmations and hand-overs, of those that were due."
    )
    cancel_rate_bps = _count()
    return_rate_bps = _count()

    class Meta:
        verbose_name = "standing of a shop"
        verbose_name_plural = "standings of shops"
        default_permissions = ("view",)
        indexes = [models.Index(name="standing_by_lateness", fields=["-late_rate_bps", "shop"])]
        constraints = [
            models.CheckConstraint(
                name="standing_adds_up",
                condition=Q(late_confirmations__lte=F("orders"))
                & Q(late_hand_overs__lte=F("confirmed_orders"))
                & Q(cancellations__lte=F("orders"))
                & Q(returns__lte=F("delivered_orders"))
                & Q(late_answers__lte=F("returned_orders")),
            )
        ]

    def __str__(self) -> str:
        return str(self.shop)

    def count_of(self, measure: Measure) -> int:
        value: int = getattr(self, measure.value)
        return value
