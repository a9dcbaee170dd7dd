from django.db import models


class VoucherKind(models.TextChoices):
    PERCENTAGE = "percentage"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"


class RedemptionStatus(models.TextChoices):
    APPLIED = "applied"
    RELEASED = "released"
