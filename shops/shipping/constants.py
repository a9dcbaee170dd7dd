from django.db import models


class Carrier(models.TextChoices):
    MANUAL = "MANUAL"
    GHTK = "GHTK"
    VIETTEL_POST = "VIETTEL_POST"


class Zone(models.TextChoices):
    """How far a parcel goes, seen from the shop."""

    SAME_PROVINCE = "same_province"
    SAME_REGION = "same_region"
    NATIONAL = "national"
