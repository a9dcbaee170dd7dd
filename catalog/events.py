"""Facts about products that other apps react to."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class ProductSubmitted(Event):
    """A seller asked for publication; staff decide."""

    topic = "products.submitted"

    product_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class ProductPublished(Event):
    """A seller put a product on sale, without review."""

    topic = "products.published"

    product_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class ProductWithdrawn(Event):
    """A seller took a product off sale, or back from review."""

    topic = "products.withdrawn"

    product_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class ProductModerated(Event):
    """Staff decided: `status` is where the product stands now, `reason` what the seller is told."""

    topic = "products.moderated"

    product_id: UUID
    shop_id: UUID
    status: str
    reason: str


@dataclass(frozen=True)
class ImageAdded(Event):
    """A product has a new image, whose renditions are still to be made."""

    topic = "catalog.image_added"

    image_id: UUID


@dataclass(frozen=True)
class ProductArchived(Event):
    """A product is gone for good."""

    topic = "products.archived"

    product_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class PriceFell(Event):
    """These products, or variants of theirs, cost less than before."""

    topic = "catalog.price_fell"

    product_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class BrandRenamed(Event):
    """A brand has another name, or its name is no longer shown, or shown again."""

    topic = "brands.renamed"

    brand_id: UUID


@dataclass(frozen=True)
class CategoryRenamed(Event):
    """A category, and so what is below it, goes by other names: renamed or moved."""

    topic = "categories.renamed"

    category_id: UUID
