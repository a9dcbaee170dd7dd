from typing import Final

from django.db import models

MAX_REASON_LENGTH: Final = 500
# A tenth reason has no key, and a long list is not read.
MAX_REASONS_SHOWN: Final = 30


class Subject(models.TextChoices):
    """What staff decide about one by one."""

    SHOP = "shop", "Shops"
    PRODUCT = "product", "Products"
    REVIEW = "review", "Reviews"
    QUESTION = "question", "Questions"
    RETURN = "return", "Returns"
