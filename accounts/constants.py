from typing import Final

from django.db import models

OTP_DIGITS: Final = 6
OTP_TTL_SECONDS: Final = 300
OTP_MAX_ATTEMPTS: Final = 5


class CodePurpose(models.TextChoices):
    VERIFY = "verify"
    RESET_PASSWORD = "reset_password"


class Channel(models.TextChoices):
    SMS = "sms"
    EMAIL = "email"


class AddressKind(models.TextChoices):
    SHIPPING = "shipping"
    BILLING = "billing"


class ApiScope(models.TextChoices):
    READ_PRODUCTS = "read:products"
    WRITE_PRODUCTS = "write:products"
    READ_ORDERS = "read:orders"
    WRITE_ORDERS = "write:orders"
