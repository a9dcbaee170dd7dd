"""Commission, the double-entry ledger, payouts to shops, and what carriers hand over."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import Category
from marketplace.common.models import BaseModel, amount_field
from marketplace.common.money import display_amount
from orders.models import Order, OrderItem
from orders.settlement.constants import (
    ACCOUNTS_OF_SHOPS,
    DIFFERENCES,
    Account,
    CommissionKind,
    EntryKind,
    LineStatus,
    PayoutStatus,
    Place,
    SourceType,
)
from shops.constants import BANK_ACCOUNT_MASK
from shops.models import Shop
from shops.shipping.constants import Carrier


class CommissionRule(BaseModel):
    """What the platform keeps of some sales; the first rule in the operator's order that fits."""

    position = models.PositiveIntegerField(help_text="Rules are tried from the lowest on.")
    name = models.CharField(max_length=100)
    shop = models.ForeignKey(
        Shop, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: any shop."
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="With all below it; empty: any category.",
    )
    min_price_amount = amount_field(
        null=True, blank=True, help_text="Units from this price on, in smallest units."
    )
    below_price_amount = amount_field(
        null=True, blank=True, help_text="Units below this price, in smallest units."
    )
    rate_bps = models.PositiveIntegerField(help_text="Basis points: 500 is 5 %.")
    floor_amount = amount_field(
        null=True, blank=True, help_text="At least this for each unit, in smallest units."
    )
    cap_amount = amount_field(
        null=True, blank=True, help_text="At most this for each unit, in smallest units."
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="commission_rule_at_most_all", condition=Q(rate_bps__lte=10_000)
            ),
            models.CheckConstraint(
                name="commission_rule_not_negative",
                condition=(Q(floor_amount=None) | Q(floor_amount__gte=0))
                & (Q(cap_amount=None) | Q(cap_amount__gte=0))
                & (Q(min_price_amount=None) | Q(min_price_amount__gte=0)),
            ),
            models.CheckConstraint(
                name="commission_rule_bounds",
                condition=(
                    Q(floor_amount=None) | Q(cap_amount=None) | Q(floor_amount__lte=F("cap_amount"))
                )
                & (
                    Q(below_price_amount=None)
                    | Q(min_price_amount=None)
                    | Q(below_price_amount__gt=F("min_price_amount"))
                )
                & (Q(starts_at=None) | Q(ends_at=None) | Q(starts_at__lt=F("ends_at"))),
            ),
        ]
        indexes = [
            models.Index(
                name="commission_rule_order",
                fields=["position", "id"],
                condition=Q(is_active=True),
            )
        ]

    def __str__(self) -> str:
        return self.name


class CommissionLine(BaseModel):
    """The platform's share of an order item, frozen when it was ordered. Append-only.

    A refund writes negative lines in the ratio of the sale's; one that is not made writes them off.
    """

    order_item = models.ForeignKey(OrderItem, models.PROTECT, related_name="commission_lines")
    kind = models.CharField(
        max_length=10, choices=CommissionKind.choices, default=CommissionKind.SALE
    )
    refund_id = models.UUIDField(null=True, blank=True)
    sequence = models.PositiveSmallIntegerField(default=0)
    rule = models.ForeignKey(
        CommissionRule, models.PROTECT, null=True, blank=True, related_name="+"
    )
    rule_name = models.CharField(max_length=100, blank=True)
    rate_bps = models.PositiveIntegerField()
    base_amount = amount_field()
    amount = amount_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="commission_line_once",
                fields=["order_item", "kind", "refund_id", "sequence"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="commission_line_signs",
                condition=(
                    Q(kind="refund", base_amount__lte=0, amount__lte=0)
                    & Q(amount__gte=F("base_amount"))
                    & Q(refund_id__isnull=False)
                )
                | (
                    ~Q(kind="refund")
                    & Q(amount__gte=0, base_amount__gte=0)
                    & Q(amount__lte=F("base_amount"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} ({self.kind})"


class LedgerEntry(BaseModel):
    """One side of a transaction: debits positive, credits negative. Append-only.

    The entries of a transaction add up to zero when it is committed: the database sees to it.
    """

    transaction_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=EntryKind.choices)
    account = models.CharField(max_length=20, choices=Account.choices)
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="+")
    party = models.CharField(
        max_length=20, blank=True, help_text="The provider or carrier that has the money."
    )
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="ledger_entries"
    )
    amount = amount_field()
    source_type = models.CharField(max_length=20, choices=SourceType.choices)
    source_id = models.UUIDField()
    sequence = models.PositiveSmallIntegerField(
        default=0, help_text="What may happen to a source again, such as a refund tried twice."
    )

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            # No event posts twice, whatever calls twice.
            models.UniqueConstraint(
                name="ledger_entry_once",
                fields=[
                    *("source_type", "source_id", "kind", "sequence"),
                    *("account", "shop", "party", "order"),
                ],
                nulls_distinct=False,
            ),
            # An order is sold once, whichever payment it is paid by.
            models.UniqueConstraint(
                name="ledger_sale_once",
                fields=["order", "account"],
                condition=Q(kind="sale"),
            ),
            models.CheckConstraint(name="ledger_entry_not_zero", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="ledger_entry_of_whom",
                condition=Q(
                    account__in=[str(name) for name in ACCOUNTS_OF_SHOPS], shop__isnull=False
                )
                | (
                    ~Q(account__in=[str(name) for name in ACCOUNTS_OF_SHOPS]) & Q(shop__isnull=True)
                ),
            ),
        ]
        indexes = [
            models.Index(name="ledger_of_transaction", fields=["transaction_id"]),
            models.Index(name="ledger_of_order", fields=["order", "account"]),
            # A shop's balance is read from this index alone.
            models.Index(
                name="ledger_balance",
                fields=["shop", "account"],
                include=["amount"],
                condition=Q(shop__isnull=False),
            ),
            models.Index(
                name="ledger_of_shop",
                fields=["shop", "created_at", "id"],
                condition=Q(account__in=["shop_pending", "shop_available", "shop_on_hold"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {display_amount(self.amount)}"


class OrderSettlement(BaseModel):
    """Where a sold order's money is among its shop's accounts."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="settlement")
    place = models.CharField(max_length=10, choices=Place.choices, default=Place.PENDING)
    was_released = models.BooleanField(default=False)

    class Meta:
        indexes = [
            # What the job that releases money goes through.
            models.Index(
                name="settlement_pending", fields=["created_at"], condition=Q(place="pending")
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.place}"


class Payout(BaseModel):
    """What a shop is paid at once: some of the entries of what it is owed."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="payouts")
    status = models.CharField(
        max_length=10, choices=PayoutStatus.choices, default=PayoutStatus.DRAFT
    )
    amount = amount_field()
    currency = models.CharField(max_length=3)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    bank_name = models.CharField(max_length=100)
    bank_account_name = models.CharField(max_length=150)
    bank_account_number = models.CharField(max_length=34)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    exported_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    bank_reference = models.CharField(max_length=100, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failure_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="payout_positive", condition=Q(amount__gt=0)),
            # One at a time: the next one waits until staff have judged this one.
            models.UniqueConstraint(
                name="payout_drafted_once", fields=["shop"], condition=Q(status="draft")
            ),
            models.CheckConstraint(
                name="payout_by_several",
                condition=Q(approved_by=None)
                | (
                    (Q(drafted_by=None) | ~Q(approved_by=F("drafted_by")))
                    & (Q(first_approved_by=None) | ~Q(approved_by=F("first_approved_by")))
                ),
            ),
            models.CheckConstraint(
                name="payout_approved",
                condition=~Q(status__in=["approved", "paid"]) | Q(approved_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="payout_of_shop", fields=["shop", "-created_at", "-id"]),
            models.Index(name="payout_by_status", fields=["status", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{display_amount(self.amount, self.currency)} ({self.status})"

    @property
    def masked_bank_account(self) -> str:
        """The account number as it may be shown: its last four characters."""
        return f"{BANK_ACCOUNT_MASK}{self.bank_account_number[-4:]}"


class PayoutLine(BaseModel):
    """An entry that a payout pays; each is in one payout at most. Append-only."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="lines")
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, related_name="payout_line")

    def __str__(self) -> str:
        return str(self.entry_id)


class Remittance(BaseModel):
    """A carrier's file of the cash it hands over; the same file is read once."""

    carrier = models.CharField(max_length=20, choices=Carrier.choices)
    file_name = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.carrier} {self.file_name}"


class RemittanceLine(BaseModel):
    """A parcel's cash as the carrier reports it, and how that fits with what it owes."""

    remittance = models.ForeignKey(Remittance, models.PROTECT, related_name="lines")
    line_number = models.PositiveIntegerField()
    reference = models.CharField(max_length=100)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="+")
    amount = amount_field(default=0)
    fee_amount = amount_field(default=0)
    expected_amount = amount_field(default=0)
    status = models.CharField(max_length=20, choices=LineStatus.choices)
    is_open = models.BooleanField(default=False, help_text="A difference that waits for staff.")
    note = models.CharField(max_length=500, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="remittance_line_once", fields=["remittance", "line_number"]
            ),
            models.CheckConstraint(
                name="remittance_line_amounts",
                condition=Q(amount__gte=0) & Q(fee_amount__gte=0) & Q(fee_amount__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="remittance_line_open",
                condition=Q(is_open=True, status__in=[str(status) for status in DIFFERENCES])
                | Q(is_open=False) & ~Q(status__in=[str(status) for status in DIFFERENCES]),
            ),
        ]
        indexes = [
            models.Index(name="remittance_by_status", fields=["status", "-id"]),
            models.Index(name="remittance_open", fields=["-id"], condition=Q(is_open=True)),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {display_amount(self.amount)} ({self.status})"
