"""What buyers wait for: goods that are back, or cost less."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from catalog.alerts.constants import AlertKind
from catalog.models import Product, ProductVariant
from marketplace.common.models import BaseModel, amount_field


class AlertQuerySet(models.QuerySet["Alert"]):
    def of(self, user: User) -> Self:
        """Row scope: everything else answers 404."""
        return self.filter(user=user)

    def waiting(self) -> Self:
        """Alerts that were not told yet."""
        return self.filter(told_at=None)

    def reached_by(self, price: int) -> Self:
        """Those for whom this price is low enough; waiting for stock alone, any is."""
        return self.filter(
            Q(kind=AlertKind.BACK_IN_STOCK)
            | Q(target_amount__gte=price)
            | Q(target_amount=None, price_amount__gt=price)
        )


class Alert(BaseModel):
    """One thing that a user waits for, told once; asked for again, it is another row.

    `price_amount` is what it cost when it was asked for: without a target, any less counts.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="alerts")
    product = models.ForeignKey(Product, models.CASCADE, related_name="alerts")
    variant = models.ForeignKey(
        ProductVariant, models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    kind = models.CharField(max_length=20, choices=AlertKind.choices)
    price_amount = amount_field(help_text="When it was asked for.")
    target_amount = amount_field(null=True, blank=True, help_text="Empty: any lower price.")
    told_at = models.DateTimeField(null=True, blank=True)
    batch_id = models.UUIDField(null=True, blank=True, help_text="Those told together.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="alert_waiting_once",
                fields=["user", "product", "variant", "kind"],
                condition=Q(told_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="alert_target_is_lower",
                condition=Q(target_amount=None)
                | Q(kind="price_drop", target_amount__gt=0, target_amount__lt=F("price_amount")),
            ),
            models.CheckConstraint(
                name="alert_told_in_a_batch",
                condition=Q(told_at=None, batch_id=None)
                | Q(told_at__isnull=False, batch_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="alert_of_user", fields=["user", "id"]),
            # Who waits for a product, in the order of asking.
            models.Index(
                name="alert_waiting",
                fields=["product", "kind", "variant", "id"],
                condition=Q(told_at=None),
            ),
            models.Index(
                name="alert_batch", fields=["batch_id"], condition=Q(batch_id__isnull=False)
            ),
            # What pruning reads.
            models.Index(name="alert_told", fields=["told_at"], condition=Q(told_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.product_id}"
