"""Variants: what is bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.constants import MAX_VARIANTS
from catalog.errors import TooManyVariants
from catalog.inventory.constants import LOW_STOCK_THRESHOLD
from catalog.inventory.events import InventoryBack
from catalog.inventory.services import create_stock
from catalog.models import Product, ProductVariant
from catalog.services._rows import (
    is_offered,
    lock_product,
    lock_product_of_variant,
    require_active_variant,
)
from catalog.services.derived import refresh_derived
from catalog.services.skus import unique_skus
from marketplace.common.errors import InvalidInput
from marketplace.common.outbox.services import publish


@dataclass(frozen=True)
class VariantDraft:
    """A variant to be made; amounts are smallest units, `stock` is what lies on the shelf."""

    sku: str
    price_amount: int
    name: str = ""
    compare_at_price_amount: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    weight_grams: int = 0
    is_active: bool = True
    stock: int = 0
    low_stock_threshold: int = LOW_STOCK_THRESHOLD


class VariantChanges(TypedDict, total=False):
    sku: str
    name: str
    price_amount: int
    compare_at_price_amount: int | None
    attributes: Mapping[str, Any]
    weight_grams: int
    is_active: bool
    position: int


@transaction.atomic
def add_variant(product_id: UUID, *, actor: User | None, draft: VariantDraft) -> ProductVariant:
    """Add one variant, with its stock.

    Locks: the product. Raises: NotFound; TooManyVariants; SkuTaken; InvalidInput.
    Publishes: inventory.back where nothing of the product could be bought; catalog.price_fell.
    """
    product = lock_product(product_id)
    variants = make_variants(product, [draft], fields=[""], actor=actor)
    if draft.is_active and draft.stock and not product.in_stock:
        publish(InventoryBack((variants[0].pk,)))
    refresh_derived(product.pk)
    return variants[0]


@transaction.atomic
def update_variant(
    variant_id: UUID, *, actor: User | None, **changes: Unpack[VariantChanges]
) -> ProductVariant:
    """Change a variant.

    Locks: the product. Raises: NotFound; SkuTaken; InvalidInput; NoActiveVariant when the last
    active variant of an offered product would be switched off. Publishes: inventory.back for one
    that is switched on; catalog.price_fell.
    """
    product, variant = lock_product_of_variant(variant_id)
    was_active, price = variant.is_active, variant.price_amount
    if changes.get("is_active") is False and is_offered(product):
        require_active_variant(product, other_than=variant.pk)
    for name, value in changes.items():
        setattr(variant, name, value)
    check_prices("", variant.price_amount, variant.compare_at_price_amount)
    with unique_skus(variant.shop_id, {"sku": variant.sku}, variant_id=variant.pk):
        variant.save(update_fields=[*changes, "updated_at"])
    if variant.is_active and not was_active:
        publish(InventoryBack((variant.pk,)))
    is_cheaper = variant.is_active and variant.price_amount < price
    refresh_derived(product.pk, is_variant_cheaper=is_cheaper)
    return variant


@transaction.atomic
def archive_variant(variant_id: UUID, *, actor: User | None) -> None:
    """Take a variant out for good; its sku can be used again.

    Locks: the product. Raises: NotFound; NoActiveVariant for the last one of an offered product.
    """
    product, variant = lock_product_of_variant(variant_id)
    if is_offered(product):
        require_active_variant(product, other_than=variant.pk)
    variant.archived_at = timezone.now()
    variant.save(update_fields=["archived_at", "updated_at"])
    refresh_derived(product.pk)


def make_variants(
    product: Product,
    drafts: Sequence[VariantDraft],
    *,
    fields: Sequence[str],
    actor: User | None,
) -> list[ProductVariant]:
    """Write variants and their stock for a product that the caller has locked or just made.

    `fields` are the places of the drafts in the request, such as `variants.0.`.
    Raises: TooManyVariants; SkuTaken; InvalidInput.
    """
    positions = list(product.variants.filter(archived_at=None).values_list("position", flat=True))
    if len(positions) + len(drafts) > MAX_VARIANTS:
        raise TooManyVariants(MAX_VARIANTS)
    _refuse_repeated_skus(drafts, fields)
    for draft, prefix in zip(drafts, fields, strict=True):
        check_prices(prefix, draft.price_amount, draft.compare_at_price_amount)
    first = max(positions, default=-1) + 1
    variants = [
        ProductVariant(
            product=product,
            shop_id=product.shop_id,
            sku=draft.sku,
            name=draft.name,
            price_amount=draft.price_amount,
            compare_at_price_amount=draft.compare_at_price_amount,
            attributes=dict(draft.attributes),
            weight_grams=draft.weight_grams,
            is_active=draft.is_active,
            position=first + number,
        )
        for number, draft in enumerate(drafts)
    ]
    places = {f"{prefix}sku": draft.sku for draft, prefix in zip(drafts, fields, strict=True)}
    with unique_skus(product.shop_id, places):
        # In one order of skus, so that two requests that clash twice cannot deadlock.
        ProductVariant.objects.bulk_create(sorted(variants, key=lambda row: row.sku.lower()))
    stock = {row.pk: draft.stock for row, draft in zip(variants, drafts, strict=True)}
    thresholds = {
        row.pk: draft.low_stock_threshold for row, draft in zip(variants, drafts, strict=True)
    }
    create_stock(stock, actor=actor, low_stock_thresholds=thresholds)
    return variants


def _refuse_repeated_skus(drafts: Sequence[VariantDraft], fields: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for draft, prefix in zip(drafts, fields, strict=True):
        first = seen.setdefault(draft.sku.casefold(), prefix)
        if first != prefix:
            message = f"The sku {draft.sku} stands twice in this request."
            raise InvalidInput(f"{prefix}sku", message, code="duplicate")


def check_prices(prefix: str, price: int, compare_at: int | None) -> None:
    """Raises: InvalidInput unless the price before a sale is the higher one."""
    if compare_at is not None and compare_at <= price:
        field = f"{prefix}compare_at_price"
        raise InvalidInput(field, "Must be higher than the price, or null.", code="min_value")
