from typing import Final

from django.db import models

MAX_CODE_LENGTH: Final = 40
# Of one shop, that are neither archived nor over; so many are weighed against each other at most.
MAX_LIVE_VOUCHERS_PER_SHOP: Final = 200
# Codes that one order can name.
MAX_CODES: Final = 10
# Of the public ones, how many are weighed for one cart.
MAX_CANDIDATES: Final = 500
# Wrong codes per user.
MAX_GUESSES: Final = 10
GUESS_WINDOW_SECONDS: Final = 300


class VoucherKind(models.TextChoices):
    PERCENTAGE = "percentage"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"


class RedemptionStatus(models.TextChoices):
    APPLIED = "applied"
    RELEASED = "released"


class Reason(models.TextChoices):
    """Why a voucher takes nothing off."""

    NOT_FOUND = "not_found"
    NOT_STARTED = "not_started"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    LIMIT_REACHED = "limit_reached"
    FIRST_ORDER_ONLY = "first_order_only"
    NO_MATCHING_ITEMS = "no_matching_items"
    MIN_SPEND = "min_spend"
    SLOT_TAKEN = "slot_taken"
    NO_EFFECT = "no_effect"
    BETTER_FOUND = "better_found"
