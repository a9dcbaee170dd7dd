"""Brands."""

from collections.abc import Sequence
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from catalog.errors import StillInUse
from catalog.events import BrandRenamed
from catalog.models import Brand
from catalog.services.slugs import archived_slug, free_slug, require_free_slug
from marketplace.common.errors import NotFound
from marketplace.common.files.renditions import announce_image
from marketplace.common.locks import transaction_lock
from marketplace.common.ordering import number_rows
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed
from marketplace.common.rows import locked

_SLUGS = "catalog.brands"


class BrandChanges(TypedDict, total=False):
    name: str
    slug: str
    description: str
    logo: str
    is_active: bool


@transaction.atomic
def create_brand(
    *,
    actor: User | None,
    name: str,
    slug: str = "",
    description: str = "",
    logo: str = "",
    is_active: bool = True,
) -> Brand:
    """Add a brand; without a slug it is made from the name. `logo` is a name in the storage.

    Raises: SlugTaken.
    """
    transaction_lock(_SLUGS)
    catalogue_changed()
    if slug:
        require_free_slug(Brand.objects.all(), slug)
    brand = Brand.objects.create(
        name=name,
        slug=slug or free_slug(Brand.objects.all(), name),
        description=description,
        logo=logo,
        is_active=is_active,
        position=_position_of_new(),
    )
    announce_image(brand, "logo")
    return brand


@transaction.atomic
def update_brand(brand_id: UUID, *, actor: User | None, **changes: Unpack[BrandChanges]) -> Brand:
    """Change a brand. Raises: NotFound; SlugTaken. Publishes: brands.renamed."""
    transaction_lock(_SLUGS)
    catalogue_changed()
    brand = Brand.objects.live().filter(pk=brand_id).first()
    if brand is None:
        raise NotFound
    if changes.get("slug", brand.slug) != brand.slug:
        require_free_slug(Brand.objects.all(), changes["slug"])
    shown = (brand.name, brand.is_active)
    for name, value in changes.items():
        setattr(brand, name, value)
    brand.save(update_fields=[*changes, "updated_at"])
    if "logo" in changes:
        announce_image(brand, "logo")
    if (brand.name, brand.is_active) != shown:
        publish(BrandRenamed(brand_id=brand.pk))
    return brand


@transaction.atomic
def order_brands(brand_ids: Sequence[UUID], *, actor: User | None) -> None:
    """Put the brands into this order; all of them are named, once.

    Locks: the brands' slugs, and so against new ones.
    Raises: InvalidInput when they are not all of them, or not any more.
    """
    transaction_lock(_SLUGS)
    catalogue_changed()
    number_rows(Brand.objects.live(), brand_ids, field="brand_ids")


def _position_of_new() -> int:
    """Return the place behind all others; none, which is by name, while there is no order."""
    last = Brand.objects.live().aggregate(last=Max("position"))["last"]
    return last + 1 if last else 0


@transaction.atomic
def archive_brand(brand_id: UUID, *, actor: User | None) -> None:
    """Take a brand without products out for good; its slug is free again.

    Idempotent. Locks: the brand, against products that are being given it.
    Raises: NotFound; StillInUse while it has products.
    """
    brand = locked(Brand.objects, brand_id)
    if brand.archived_at is not None:
        return
    if brand.products.filter(archived_at=None).exists():
        raise StillInUse("The brand has products: give them another one first.")
    brand.archived_at = timezone.now()
    brand.slug = archived_slug(brand.slug, brand.pk)
    brand.save(update_fields=["archived_at", "slug", "updated_at"])
    catalogue_changed()
