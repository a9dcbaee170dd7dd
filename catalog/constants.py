from typing import Final

from django.db import models


class ProductStatus(models.TextChoices):
    DRAFT = "draft"
    PENDING = "pending"
    ACTIVE = "active"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


# Archiving is not a status: `archived_at` takes a product out of everything, whatever its status.
TRANSITIONS: Final[dict[ProductStatus, frozenset[ProductStatus]]] = {
    ProductStatus.DRAFT: frozenset({ProductStatus.PENDING, ProductStatus.ACTIVE}),
    ProductStatus.PENDING: frozenset(
        {ProductStatus.ACTIVE, ProductStatus.REJECTED, ProductStatus.DRAFT}
    ),
    ProductStatus.REJECTED: frozenset({ProductStatus.DRAFT, ProductStatus.PENDING}),
    ProductStatus.ACTIVE: frozenset({ProductStatus.SUSPENDED, ProductStatus.DRAFT}),
    ProductStatus.SUSPENDED: frozenset({ProductStatus.ACTIVE}),
}
# What staff may ask for over the API; the table above says from where.
STAFF_STEPS: Final = [
    (status.value, status.label)
    for status in (ProductStatus.ACTIVE, ProductStatus.REJECTED, ProductStatus.SUSPENDED)
]
MAX_VARIANTS: Final = 100
# Pixels a side, at most; lists, carts and orders show `card`.
RENDITIONS: Final = {"thumb": 200, "card": 480, "large": 1_200}
MAX_BANNERS: Final = 50
MAX_IMAGES: Final = 20
MAX_IMAGES_PER_UPLOAD: Final = 10
MAX_DESCRIPTION_LENGTH: Final = 20_000
MAX_ATTRIBUTES: Final = 30
MAX_ATTRIBUTE_VALUES: Final = 30
MAX_ATTRIBUTE_NAME_LENGTH: Final = 60
MAX_ATTRIBUTE_VALUE_LENGTH: Final = 200
MAX_UNITS: Final = 10_000_000
MAX_WEIGHT_GRAMS: Final = 1_000_000
MAX_REASON_LENGTH: Final = 500
# Levels of the tree; a path of 8 ids in hex fits its column.
MAX_CATEGORY_DEPTH: Final = 8
