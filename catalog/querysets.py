"""Filters and locks of the catalogue."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Lower

from catalog.constants import ProductStatus
from shops.constants import ShopStatus

if TYPE_CHECKING:
    from catalog.models import (  # noqa: F401
        Banner,
        Brand,
        Category,
        Product,
        ProductImage,
        ProductVariant,
    )
    from shops.models import Shop


def _hold(table: str, row_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {table} WHERE id = %s AND is_active AND archived_at IS NULL "  # noqa: S608 - a table of ours
            "FOR KEY SHARE",
            [row_id],
        )
        return cursor.fetchone() is not None


def sellable(prefix: str = "") -> Q:
    """Which variants can be put into a cart and ordered, stock aside; `prefix` leads to them."""
    return Q(
        **{
            f"{prefix}is_active": True,
            f"{prefix}archived_at": None,
            f"{prefix}product__status": ProductStatus.ACTIVE,
            f"{prefix}product__archived_at": None,
            f"{prefix}product__shop__status": ShopStatus.APPROVED,
        }
    )


class Fold(Func):
    """Lower case without diacritics, in the database."""

    function = "catalog_fold"
    arity = 1
    output_field = TextField()


class CategoryQuerySet(models.QuerySet["Category"]):
    def public(self) -> Self:
        """Categories that buyers see."""
        return self.filter(is_active=True, archived_at=None)

    def below(self, category: "Category") -> Self:
        """The category itself and all of its descendants, by one index range on `path`."""
        return self.filter(path__startswith=category.path)

    def with_words(self, words: Iterable[str]) -> Self:
        """Categories whose name contains every word, whatever its case and diacritics."""
        found = self.alias(folded_name=Fold("name"))
        for word in words:
            found = found.filter(folded_name__contains=Fold(Value(word)))
        return found

    def live(self) -> Self:
        """Categories that are not archived."""
        return self.filter(archived_at=None)

    def lock(self, category_id: UUID) -> "Category":
        """Lock one category and read it. Raises: Category.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=category_id)

    def hold(self, category_id: UUID) -> bool:
        """Keep a category from being archived until the transaction ends; False if it is not there.

        `FOR KEY SHARE`, which many transactions may hold at once; Django has no word for it.
        """
        return _hold(self.model._meta.db_table, category_id)


class BannerQuerySet(models.QuerySet["Banner"]):
    def shown_at(self, moment: datetime) -> Self:
        """Banners that buyers see then, in their order."""
        return (
            self.filter(Q(starts_at=None) | Q(starts_at__lte=moment), is_active=True)
            .filter(Q(ends_at=None) | Q(ends_at__gt=moment))
            .exclude(image="")
            .order_by("position", "id")
        )


class BrandQuerySet(models.QuerySet["Brand"]):
    def public(self) -> Self:
        """Brands that buyers see."""
        return self.filter(is_active=True, archived_at=None)

    def live(self) -> Self:
        """Brands that are not archived."""
        return self.filter(archived_at=None)

    def lock(self, brand_id: UUID) -> "Brand":
        """Lock one brand and read it. Raises: Brand.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=brand_id)

    def hold(self, brand_id: UUID) -> bool:
        """Keep a brand from being archived until the transaction ends; False if it is not there."""
        return _hold(self.model._meta.db_table, brand_id)


class ProductQuerySet(models.QuerySet["Product"]):
    def public(self) -> Self:
        """Products that buyers see and can buy: active, of an approved shop, not archived."""
        return self.filter(
            status=ProductStatus.ACTIVE, archived_at=None, shop__status=ShopStatus.APPROVED
        )

    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API."""
        return self.filter(shop=shop, archived_at=None)

    def with_words(self, words: Iterable[str]) -> Self:
        """Products whose title contains every word, whatever its case and diacritics."""
        found = self.all()
        for word in words:
            found = found.filter(folded_title__contains=Fold(Value(word)))
        return found

    def for_cards(self) -> Self:
        """Read, in one statement, what a list shows of a product."""
        return self.select_related("shop", "category", "brand").only(
            *("id", "slug", "title", "thumbnail", "created_at", "in_stock"),
            *("min_price_amount", "max_price_amount", "compare_at_price_amount"),
            *("average_rating", "review_count", "sold_count"),
            *("shop__name", "shop__slug", "category__name", "category__slug"),
            *("brand__name", "brand__slug", "brand__is_active", "brand__archived_at"),
        )

    def lock(self, product_id: UUID) -> "Product":
        """Lock one product and read it. Raises: Product.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=product_id)


class VariantQuerySet(models.QuerySet["ProductVariant"]):
    def offered(self) -> Self:
        """Variants to show on their product's page, sold out ones too, with their stock."""
        return (
            self.filter(is_active=True, archived_at=None)
            .select_related("stock")
            .order_by("position", "id")
        )

    def sellable(self) -> Self:
        """Variants that can be put into a cart and ordered, stock aside."""
        return self.filter(sellable())

    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API."""
        return self.filter(shop=shop, archived_at=None, product__archived_at=None)

    def low_in_stock(self) -> Self:
        """Active variants of which no more can be sold than their threshold says."""
        return self.filter(
            is_active=True,
            archived_at=None,
            stock__on_hand__lte=F("stock__low_stock_threshold") + F("stock__reserved"),
        )

    def with_sku(self, sku: str) -> Self:
        """Live variants with this sku, whatever its case; by `variant_sku_once_per_shop`."""
        return self.alias(sku_key=Lower("sku")).filter(sku_key=Lower(Value(sku)), archived_at=None)

    def live(self) -> Self:
        """Variants that are not archived, in the seller's order."""
        return self.filter(archived_at=None).order_by("position", "id")


class ImageQuerySet(models.QuerySet["ProductImage"]):
    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API."""
        return self.filter(product__shop=shop, product__archived_at=None)
