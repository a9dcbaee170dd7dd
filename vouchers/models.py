"""Vouchers, their redemptions, and how often each buyer has used them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from catalog.models import Category, Product
from marketplace.common.models import BaseModel, amount_field
from shops.models import Shop
from vouchers.constants import RedemptionStatus, VoucherKind
from vouchers.querysets import RedemptionQuerySet, VoucherQuerySet


class Voucher(BaseModel):
    """A discount by code; without a shop it is the platform's.

    `value` is basis points for a percentage and smallest units for a fixed amount; free shipping
    has none. `platform_share_bps` says how much of the discount the platform pays. `used_count`
    counts checkouts, `spent_amount` is what they took off; one that is not public is found by its
    code only.
    """

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=150)
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="vouchers")
    kind = models.CharField(max_length=15, choices=VoucherKind.choices)
    value = models.BigIntegerField(default=0)
    max_discount_amount = amount_field(null=True, blank=True)
    min_spend_amount = amount_field(default=0)
    budget_amount = amount_field(null=True, blank=True)
    spent_amount = amount_field(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    usage_limit = models.PositiveIntegerField(null=True, blank=True)
    per_user_limit = models.PositiveIntegerField(null=True, blank=True)
    used_count = models.PositiveIntegerField(default=0)
    categories = models.ManyToManyField(Category, blank=True, related_name="+")
    products = models.ManyToManyField(Product, blank=True, related_name="+")
    is_first_order_only = models.BooleanField(default=False)
    platform_share_bps = models.PositiveIntegerField(default=0)
    is_public = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Upper("code"), name="voucher_code_once", condition=Q(archived_at=None)
            ),
            models.CheckConstraint(
                name="voucher_value_fits_kind",
                condition=Q(kind="percentage", value__gt=0, value__lte=10_000)
                | Q(kind="fixed", value__gt=0)
                | Q(kind="free_shipping", value=0),
            ),
            models.CheckConstraint(
                name="voucher_window_ordered", condition=Q(starts_at__lt=F("ends_at"))
            ),
            models.CheckConstraint(
                name="voucher_within_usage_limit",
                condition=Q(usage_limit__isnull=True) | Q(used_count__lte=F("usage_limit")),
            ),
            models.CheckConstraint(
                name="voucher_within_budget",
                condition=Q(budget_amount__isnull=True) | Q(spent_amount__lte=F("budget_amount")),
            ),
            models.CheckConstraint(
                name="voucher_amounts_not_negative",
                condition=Q(min_spend_amount__gte=0)
                & Q(spent_amount__gte=0)
                & (Q(max_discount_amount__isnull=True) | Q(max_discount_amount__gt=0)),
            ),
            models.CheckConstraint(
                name="voucher_share_at_most_all", condition=Q(platform_share_bps__lte=10_000)
            ),
        ]
        indexes = [models.Index(name="voucher_of_shop", fields=["shop", "created_at", "id"])]

    def __str__(self) -> str:
        return self.code


class Redemption(BaseModel):
    """What a voucher took off one order; given back once when the order is cancelled.

    All orders of a checkout together are one use of the voucher, and it is given back with the
    last of them.
    """

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="redemptions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="redemptions")
    checkout_id = models.UUIDField()
    order_id = models.UUIDField()
    amount = amount_field()
    platform_amount = amount_field(default=0)
    status = models.CharField(
        max_length=10, choices=RedemptionStatus.choices, default=RedemptionStatus.APPLIED
    )
    released_at = models.DateTimeField(null=True, blank=True)

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="redemption_once_per_order", fields=["voucher", "order_id"]
            ),
            models.CheckConstraint(name="redemption_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="redemption_part_within_amount",
                condition=Q(platform_amount__gte=0) & Q(platform_amount__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="redemption_released_has_time",
                condition=Q(status="applied", released_at=None)
                | Q(status="released", released_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="redemption_by_user", fields=["voucher", "user"]),
            models.Index(name="redemption_of_order", fields=["order_id"]),
            models.Index(name="redemption_of_checkout", fields=["checkout_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id} on {self.order_id}"


class BuyerUsage(BaseModel):
    """How often one buyer uses one voucher: the row that the limit per buyer is counted on."""

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="usages")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    used_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="buyer_usage_once", fields=["voucher", "user"])]

    def __str__(self) -> str:
        return f"{self.voucher_id} by {self.user_id}: {self.used_count}"
