"""Shops, their approval and their physical locations."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from marketplace.common.models import BaseModel
from shops.constants import BANK_ACCOUNT_MASK, ShopStatus, TeamRole
from shops.holidays import Holiday, holiday_of
from shops.querysets import (
    ShopInvitationQuerySet,
    ShopMemberQuerySet,
    ShopQuerySet,
    StoreLocationQuerySet,
)


class Shop(BaseModel):
    """A seller's shop. Only an approved one is public and can be bought from."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="shop")
    name = models.CharField(max_length=150)
    slug = models.SlugField(max_length=160, unique=True)
    description = models.TextField(blank=True)
    logo = models.ImageField(upload_to="shops/logos/", blank=True)
    banner = models.ImageField(upload_to="shops/banners/", blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=16, blank=True)
    pickup_address = models.JSONField(default=dict, blank=True, help_text="Shaped as an address.")
    bank_name = models.CharField(max_length=100, blank=True)
    bank_account_name = models.CharField(max_length=150, blank=True)
    bank_account_number = models.CharField(max_length=34, blank=True)
    status = models.CharField(max_length=10, choices=ShopStatus.choices, default=ShopStatus.PENDING)
    status_reason = models.CharField(max_length=500, blank=True)
    commission_rate_bps = models.PositiveIntegerField(
        null=True, blank=True, help_text="Basis points; empty means the platform's rate."
    )
    average_rating = models.DecimalField(max_digits=3, decimal_places=2, default=0)
    review_count = models.PositiveIntegerField(default=0)
    rating_sum = models.PositiveBigIntegerField(
        db_default=0, default=0, help_text="Stars of all public reviews of its products."
    )
    sold_count = models.PositiveIntegerField(default=0)
    # The present holiday, or the next one; past ones stay until there is another.
    holiday_starts_at = models.DateTimeField(null=True, blank=True)
    holiday_ends_at = models.DateTimeField(null=True, blank=True)
    holiday_message = models.CharField(max_length=500, blank=True, default="", db_default="")

    image_sides: ClassVar = {"logo": 480, "banner": 1_200}

    objects = ShopQuerySet.as_manager()

    class Meta:
        permissions = [
            ("moderate_shop", "Can approve, reject, suspend, reopen and close shops"),
            ("set_commission", "Can change a shop's commission rate"),
        ]
        constraints = [
            models.CheckConstraint(
                name="shop_commission_at_most_all",
                condition=Q(commission_rate_bps__isnull=True) | Q(commission_rate_bps__lte=10_000),
            ),
            models.CheckConstraint(
                name="shop_holiday_ends_after_start",
                condition=Q(holiday_starts_at=None, holiday_ends_at=None)
                | Q(holiday_starts_at__lt=F("holiday_ends_at")),
            ),
        ]
        indexes = [models.Index(name="shop_by_status", fields=["status", "-id"])]

    def __str__(self) -> str:
        return self.name

    @property
    def holiday(self) -> Holiday | None:
        """The present holiday or the next one; None where there is none."""
        return holiday_of(self.holiday_starts_at, self.holiday_ends_at, self.holiday_message)

    @property
    def masked_bank_account(self) -> str:
        """The account number as it may be shown: its last four characters."""
        number = self.bank_account_number
        return f"{BANK_ACCOUNT_MASK}{number[-4:]}" if number else ""


class ShopStatusChange(BaseModel):
    """One step of a shop's life: from, to, why and by whom. Append-only."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="status_changes")
    from_status = models.CharField(max_length=10, choices=ShopStatus.choices, blank=True)
    to_status = models.CharField(max_length=10, choices=ShopStatus.choices)
    reason = models.CharField(max_length=500, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class ShopHoliday(BaseModel):
    """A time in which a shop takes no orders and owes no steps; they never overlap.

    All there ever were: a clock that ran through one stood still meanwhile.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="holidays")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="holiday_ends_after_start", condition=Q(starts_at__lt=F("ends_at"))
            )
        ]
        indexes = [models.Index(name="holiday_of_shop", fields=["shop", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.starts_at} to {self.ends_at}"


class ShopMember(BaseModel):
    """Somebody who works for a shop. Its one owner is `Shop.owner`, and no member."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="shop_memberships"
    )
    roles = ArrayField(models.CharField(max_length=20, choices=TeamRole.choices))

    objects = ShopMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="member_once", fields=["shop", "user"]),
            models.CheckConstraint(
                name="member_has_roles",
                condition=Q(roles__len__gt=0) & Q(roles__contained_by=TeamRole.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} ({', '.join(self.roles)})"


class ShopInvitation(BaseModel):
    """A mailbox that was asked to join a shop's team; open until accepted, revoked or expired.

    The link's token is nowhere stored: `shops.tokens` derives it from this row and the pepper.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="invitations")
    email = models.EmailField(help_text="Normalised: in lower case.")
    roles = ArrayField(models.CharField(max_length=20, choices=TeamRole.choices))
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_count = models.PositiveIntegerField(
        default=1, help_text="Part of the token: sending it again ends the link sent before."
    )
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ShopInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="invitation_once_open",
                fields=["shop", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
            ),
            models.CheckConstraint(
                name="invitation_has_roles",
                condition=Q(roles__len__gt=0) & Q(roles__contained_by=TeamRole.values),
            ),
            models.CheckConstraint(
                name="invitation_ends_once",
                condition=Q(accepted_at=None) | Q(revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.email


class StoreLocation(BaseModel):
    """A place where goods can be seen or fetched; without a shop it is the platform's own."""

    shop = models.ForeignKey(Shop, models.CASCADE, null=True, blank=True, related_name="locations")
    name = models.CharField(max_length=150)
    address = models.CharField(max_length=500)
    phone_number = models.CharField(max_length=16, blank=True)
    email = models.EmailField(blank=True)
    opening_hours = models.JSONField(default=dict, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6)
    longitude = models.DecimalField(max_digits=9, decimal_places=6)
    is_active = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = StoreLocationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="location_on_earth",
                condition=Q(latitude__range=(-90, 90)) & Q(longitude__range=(-180, 180)),
            )
        ]
        indexes = [
            # The box around a point that the store locator looks into.
            models.Index(
                name="location_by_place",
                fields=["latitude", "longitude"],
                condition=Q(is_active=True, archived_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.name
