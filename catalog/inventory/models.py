"""Stock: units of each variant, who holds some, and every change of what lies on the shelf."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from catalog.inventory.constants import (
    LOW_STOCK_THRESHOLD,
    MIN_HOLD_SECONDS,
    MovementReason,
    ReservationStatus,
)
from catalog.inventory.querysets import StockItemQuerySet
from catalog.models import ProductVariant
from marketplace.common.models import BaseModel


class StockItem(BaseModel):
    """Units of one variant: `on_hand` lie on the shelf, `reserved` of them are promised."""

    variant = models.OneToOneField(ProductVariant, models.PROTECT, related_name="stock")
    on_hand = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    low_stock_threshold = models.PositiveIntegerField(default=LOW_STOCK_THRESHOLD)
    hold_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(MIN_HOLD_SECONDS)],
        help_text="How long an unpaid order keeps units of a hot item; empty: the usual time.",
    )

    objects = StockItemQuerySet.as_manager()

    class Meta:
        constraints = [
            # The last line of defence against overselling: a bug in a service becomes an
            # IntegrityError, not a parcel that does not exist.
            models.CheckConstraint(
                name="stock_reserved_lte_on_hand", condition=Q(reserved__lte=F("on_hand"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} on hand, {self.reserved} reserved"

    @property
    def available(self) -> int:
        """Units that can still be sold."""
        return self.on_hand - self.reserved

    @property
    def is_low(self) -> bool:
        return self.available <= self.low_stock_threshold


class Reservation(BaseModel):
    """Units promised to an order; the held ones of a variant add up to its `reserved`."""

    reference = models.UUIDField(help_text="The order that holds them.")
    variant = models.ForeignKey(ProductVariant, models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10, choices=ReservationStatus.choices, default=ReservationStatus.HELD
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until it ends.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="reservation_once_per_variant",
                fields=["reference", "variant"],
                condition=Q(status="held"),
            ),
            models.CheckConstraint(name="reservation_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="reservation_ended_or_held",
                condition=Q(status="held", ended_at=None)
                | (~Q(status="held") & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="reservation_of", fields=["reference"]),
            # What the sum over held ones and the expiry sweep read.
            models.Index(name="reservation_held", fields=["variant"], condition=Q(status="held")),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.reference} ({self.status})"


class StockMovement(BaseModel):
    """One change of `on_hand`; append-only. The movements of a variant add up to its `on_hand`."""

    variant = models.ForeignKey(ProductVariant, models.PROTECT, related_name="movements")
    delta = models.IntegerField()
    reason = models.CharField(max_length=10, choices=MovementReason.choices)
    note = models.CharField(max_length=255, blank=True)
    reference = models.UUIDField(null=True, blank=True, help_text="The order, if one caused it.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="movement_moves_something", condition=~Q(delta=0))
        ]
        indexes = [models.Index(name="movement_of_variant", fields=["variant", "-id"])]

    def __str__(self) -> str:
        return f"{self.delta:+d} ({self.reason})"
