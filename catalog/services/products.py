"""Products: what a shop offers."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.constants import TRANSITIONS, ProductStatus
from catalog.errors import NoActiveVariant
from catalog.events import (
    ProductArchived,
    ProductModerated,
    ProductPublished,
    ProductSubmitted,
    ProductWithdrawn,
)
from catalog.models import Product
from catalog.search.documents import index_products
from catalog.services._rows import (
    hold_brand,
    hold_category,
    lock_product,
    require_active_variant,
)
from catalog.services.derived import refresh_derived
from catalog.services.variants import VariantDraft, make_variants
from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.ids import uuid7
from marketplace.common.outbox.events import Event
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed
from marketplace.common.rows import locked
from marketplace.common.texts import slugify
from shops.constants import ShopStatus
from shops.errors import ShopNotActive
from shops.models import Shop
from shops.services.impartiality import require_impartial

_SUSPENDED = "The product is suspended: only staff can lift that."


class ProductChanges(TypedDict, total=False):
    title: str
    category_id: UUID
    brand_id: UUID | None
    description: str
    attributes: Mapping[str, Any]
    meta_title: str
    meta_description: str


@transaction.atomic
def create_product(
    shop_id: UUID,
    *,
    actor: User | None,
    title: str,
    category_id: UUID,
    variants: Sequence[VariantDraft],
    brand_id: UUID | None = None,
    description: str = "",
    attributes: Mapping[str, Any] | None = None,
    meta_title: str = "",
    meta_description: str = "",
    on_sale: bool = False,
) -> Product:
    """Make a draft with its variants and stock; `on_sale` asks for publication in the same step.

    Raises: InvalidInput for an unknown category or brand, and without variants; TooManyVariants;
    SkuTaken; and what `publish_product` raises. Publishes: what `publish_product` does.
    """
    if not variants:
        raise InvalidInput("variants", "A product has at least one variant.", code="min_length")
    hold_category(category_id)
    hold_brand(brand_id)
    product_id = uuid7()
    product = Product.objects.create(
        id=product_id,
        shop_id=shop_id,
        category_id=category_id,
        brand_id=brand_id,
        title=title,
        slug=product_slug(title, product_id),
        description=description,
        attributes=dict(attributes or {}),
        meta_title=meta_title,
        meta_description=meta_description,
    )
    places = [f"variants.{number}." for number in range(len(variants))]
    make_variants(product, variants, fields=places, actor=actor)
    refresh_derived(product.pk)
    return (
        publish_product(product.pk, actor=actor) if on_sale else Product.objects.get(pk=product.pk)
    )


@transaction.atomic
def update_product(
    product_id: UUID,
    *,
    actor: User | None,
    on_sale: bool | None = None,
    **changes: Unpack[ProductChanges],
) -> Product:
    """Change a product; with `on_sale` also publish it, or withdraw it.

    The slug stays: links to a product outlive its title.
    Locks: the product. Raises: NotFound; InvalidInput for an unknown category or brand; and what
    `publish_product` and `withdraw_product` raise.
    """
    product = lock_product(product_id)
    if changes.get("category_id", product.category_id) != product.category_id:
        hold_category(changes["category_id"])
    if changes.get("brand_id", product.brand_id) != product.brand_id:
        hold_brand(changes["brand_id"])
    for name, value in changes.items():
        setattr(product, name, value)
    product.save(update_fields=[*changes, "updated_at"])
    index_products([product.pk])
    catalogue_changed()
    if on_sale is None:
        return product
    change_offer = publish_product if on_sale else withdraw_product
    return change_offer(product.pk, actor=actor)


@transaction.atomic
def publish_product(product_id: UUID, *, actor: User | None) -> Product:
    """Put a product on sale, or before staff where the deployment wants review.

    Staff who once refused a product see it again before buyers do, whatever the deployment wants.
    Idempotent. Locks: the product. Raises: NotFound; ShopNotActive; NoActiveVariant;
    InvalidTransition for a suspended product. Publishes: products.published or products.submitted.
    """
    product = lock_product(product_id)
    target = offer_of(
        product,
        is_shop_open=Shop.objects.filter(pk=product.shop_id, status=ShopStatus.APPROVED).exists(),
        is_sellable=product.variants.filter(is_active=True, archived_at=None).exists(),
    )
    if target is None:
        return product
    _transition(product, target, reason=reason_after(product, target))
    publish(offer_event(product))
    return product


@transaction.atomic
def withdraw_product(product_id: UUID, *, actor: User | None) -> Product:
    """Make a draft of a product again, whose variants can then be changed freely.

    Idempotent. Locks: the product. Raises: NotFound; InvalidTransition for a suspended product.
    Publishes: products.withdrawn.
    """
    product = lock_product(product_id)
    target = withdrawal_of(product)
    if target is None:
        return product
    _transition(product, target, reason=reason_after(product, target))
    publish(offer_event(product))
    return product


def offer_of(product: Product, *, is_shop_open: bool, is_sellable: bool) -> ProductStatus | None:
    """Return where putting it on sale takes a product; None where it is on sale or waits already.

    Raises: ShopNotActive; InvalidTransition for a suspended product; NoActiveVariant.
    """
    if product.status in {ProductStatus.ACTIVE, ProductStatus.PENDING}:
        return None
    if not is_shop_open:
        raise ShopNotActive
    if product.status == ProductStatus.SUSPENDED:
        raise InvalidTransition(_SUSPENDED)
    if not is_sellable:
        raise NoActiveVariant
    needs_review = settings.PRODUCT_REVIEW_REQUIRED or product.status_reason
    return ProductStatus.PENDING if needs_review else ProductStatus.ACTIVE


def withdrawal_of(product: Product) -> ProductStatus | None:
    """Return where taking it off sale takes a product; None for a draft.

    Raises: InvalidTransition for a suspended product.
    """
    if product.status == ProductStatus.DRAFT:
        return None
    if product.status == ProductStatus.SUSPENDED:
        raise InvalidTransition(_SUSPENDED)
    return ProductStatus.DRAFT


def reason_after(product: Product, target: ProductStatus) -> str:
    """Keep the reason of a refusal until staff approve, also while the product is a draft again."""
    return "" if target == ProductStatus.ACTIVE else product.status_reason


def offer_event(product: Product) -> Event:
    """Tell of the status that the seller has just given the product."""
    event = {
        ProductStatus.ACTIVE: ProductPublished,
        ProductStatus.PENDING: ProductSubmitted,
        ProductStatus.DRAFT: ProductWithdrawn,
    }[ProductStatus(product.status)]
    return event(product_id=product.pk, shop_id=product.shop_id)


@transaction.atomic
def archive_product(product_id: UUID, *, actor: User | None) -> None:
    """Take a product out for good; orders that name it keep their copies, its skus are free again.

    Idempotent. Locks: the product. Raises: NotFound. Publishes: products.archived, once.
    """
    product = locked(Product.objects, product_id)
    if product.archived_at is not None:
        return
    product.archived_at = timezone.now()
    product.save(update_fields=["archived_at", "updated_at"])
    product.variants.filter(archived_at=None).update(
        archived_at=product.archived_at, updated_at=product.archived_at
    )
    catalogue_changed()
    publish(ProductArchived(product_id=product.pk, shop_id=product.shop_id))


@transaction.atomic
def approve_product(product_id: UUID, *, actor: User) -> Product:
    """Let a product that waits for review go on sale.

    Locks: the product. Raises: NotFound; ConflictOfInterest; InvalidTransition; NoActiveVariant.
    Publishes: products.moderated.
    """
    product = _lock_as_judge(product_id, actor)
    require_active_variant(product)
    return _moderate(product, ProductStatus.PENDING, ProductStatus.ACTIVE, reason="")


@transaction.atomic
def reject_product(product_id: UUID, *, actor: User, reason: str) -> Product:
    """Send a product that waits for review back to its seller, who is told the reason.

    Locks: the product. Raises: NotFound; ConflictOfInterest; InvalidTransition; InvalidInput
    without a reason. Publishes: products.moderated.
    """
    product = _lock_as_judge(product_id, actor)
    _require_reason(reason)
    return _moderate(product, ProductStatus.PENDING, ProductStatus.REJECTED, reason=reason)


@transaction.atomic
def suspend_product(product_id: UUID, *, actor: User, reason: str) -> Product:
    """Take a product off sale until staff lift it; the seller is told the reason.

    Locks: the product. Raises: NotFound; ConflictOfInterest; InvalidTransition; InvalidInput
    without a reason. Publishes: products.moderated.
    """
    product = _lock_as_judge(product_id, actor)
    _require_reason(reason)
    return _moderate(product, ProductStatus.ACTIVE, ProductStatus.SUSPENDED, reason=reason)


@transaction.atomic
def lift_suspension(product_id: UUID, *, actor: User) -> Product:
    """Put a suspended product back on sale.

    Locks: the product. Raises: NotFound; ConflictOfInterest; InvalidTransition.
    Publishes: products.moderated.
    """
    product = _lock_as_judge(product_id, actor)
    return _moderate(product, ProductStatus.SUSPENDED, ProductStatus.ACTIVE, reason="")


@transaction.atomic
def feature_product(product_id: UUID, *, actor: User, is_featured: bool) -> Product:
    """Show a product among the featured ones, or no longer.

    Locks: the product. Raises: NotFound; ConflictOfInterest.
    """
    product = _lock_as_judge(product_id, actor)
    product.is_featured = is_featured
    product.save(update_fields=["is_featured", "updated_at"])
    catalogue_changed()
    return product


def _lock_as_judge(product_id: UUID, actor: User) -> Product:
    product = lock_product(product_id)
    require_impartial(actor, shop_id=product.shop_id)
    return product


def _moderate(
    product: Product, source: ProductStatus, target: ProductStatus, *, reason: str
) -> Product:
    if product.status != source:
        raise InvalidTransition(f"The product is {product.status}, not {source}.")
    _transition(product, target, reason=reason.strip())
    publish(
        ProductModerated(
            product_id=product.pk,
            shop_id=product.shop_id,
            status=str(target),
            reason=product.status_reason,
        )
    )
    return product


def _transition(product: Product, target: ProductStatus, *, reason: str = "") -> None:
    """Move a locked product along TRANSITIONS. Raises: InvalidTransition."""
    if target not in TRANSITIONS[ProductStatus(product.status)]:
        raise InvalidTransition(f"A product cannot go from {product.status} to {target}.")
    product.status, product.status_reason = target, reason
    product.save(update_fields=["status", "status_reason", "updated_at"])
    catalogue_changed()


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("reason", "Say why: the seller reads it.", code="required")


def product_slug(title: str, product_id: UUID) -> str:
    """Return the slug of a new product."""
    # The end of a UUIDv7 is random: no two products of one title race for a slug.
    return f"{slugify(title, max_length=250) or 'p'}-{product_id.hex[-10:]}"
