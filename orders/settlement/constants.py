from typing import Final

from django.db import models


class Account(models.TextChoices):
    """The books: debits are positive, credits negative; what is owed to somebody is a credit."""

    PAYMENT_CLEARING = "payment_clearing", "Held by payment providers"
    CARRIER_CASH = "carrier_cash", "Cash held by carriers"
    BANK = "bank", "Bank"
    CARRIER_FEES = "carrier_fees", "Carriers' fees for cash"
    VOUCHER_SUBSIDY = "voucher_subsidy", "Discounts the platform pays"
    PLATFORM_REVENUE = "platform_revenue", "Commission"
    BUYER_FUNDS = "buyer_funds", "Owed to buyers"
    SHOP_PENDING = "shop_pending", "Owed to shops, not yet due"
    SHOP_AVAILABLE = "shop_available", "Owed to shops, due"
    SHOP_ON_HOLD = "shop_on_hold", "Owed to shops, disputed"
    PAYOUTS_IN_TRANSIT = "payouts_in_transit", "Payouts on their way"


SHOP_ACCOUNTS: Final = (Account.SHOP_PENDING, Account.SHOP_AVAILABLE, Account.SHOP_ON_HOLD)
# These say whose they are; the others are the platform's own.
ACCOUNTS_OF_SHOPS: Final = (*SHOP_ACCOUNTS, Account.PAYOUTS_IN_TRANSIT)


class EntryKind(models.TextChoices):
    """What a transaction of the ledger records."""

    CAPTURE = "capture", "Money received"
    SALE = "sale", "Sale"
    REFUND_CLAIM = "refund_claim", "Refund"
    REFUND_RESTORED = "refund_restored", "Refund not made"
    REFUND_PAID = "refund_paid", "Money sent back"
    HOLD = "hold", "Held during a dispute"
    UNHOLD = "unhold", "Dispute over"
    RELEASE = "release", "Due"
    PAYOUT = "payout", "Payout"
    PAYOUT_PAID = "payout_paid", "Payout sent"
    PAYOUT_RETURNED = "payout_returned", "Payout returned"
    REMITTANCE = "remittance", "Cash received from the carrier"


class SourceType(models.TextChoices):
    """What a source's id is the id of."""

    PAYMENT_SHARE = "payment_share"
    REFUND = "refund"
    ORDER = "order"
    PAYOUT = "payout"
    REMITTANCE_LINE = "remittance_line"


class Place(models.TextChoices):
    """Which of its accounts a shop's money for an order is in."""

    PENDING = "pending"
    AVAILABLE = "available"
    ON_HOLD = "on_hold"


ACCOUNT_OF_PLACE: Final = {
    Place.PENDING: Account.SHOP_PENDING,
    Place.AVAILABLE: Account.SHOP_AVAILABLE,
    Place.ON_HOLD: Account.SHOP_ON_HOLD,
}


class CommissionKind(models.TextChoices):
    SALE = "sale", "Sale"
    REFUND = "refund", "Refund"
    RESTORED = "restored", "Refund not made"


class PayoutStatus(models.TextChoices):
    DRAFT = "draft"
    APPROVED = "approved"
    PAID = "paid"
    FAILED = "failed"


class LineStatus(models.TextChoices):
    """What became of a line of a carrier's remittance."""

    MATCHED = "matched", "As expected"
    UNREADABLE = "unreadable", "Not readable"
    UNKNOWN_ORDER = "unknown_order", "No such parcel"
    NOTHING_OWED = "nothing_owed", "Nothing is owed for it"
    AMOUNT_DIFFERS = "amount_differs", "Another amount than is owed"
    ACCEPTED = "accepted", "Difference accepted"
    CLOSED = "closed", "Difference closed"


DIFFERENCES: Final = (
    LineStatus.UNREADABLE,
    LineStatus.UNKNOWN_ORDER,
    LineStatus.NOTHING_OWED,
    LineStatus.AMOUNT_DIFFERS,
)
# Lines whose money is in the books.
POSTED_LINES: Final = (LineStatus.MATCHED, LineStatus.ACCEPTED)
