"""Filters and locks of the catalogue."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import connection, models
from django.db.models import Q

from catalog.constants import ProductStatus
from shops.constants import ShopStatus

if TYPE_CHECKING:
    from catalog.models import (  # noqa: F401
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


class CategoryQuerySet(models.QuerySet["Category"]):
    def public(self) -> Self:
        """Categories that buyers see."""
        return self.filter(is_active=True, archived_at=None)

    def below(self, category: "Category") -> Self:
        """The category itself and all of its descendants, by one index range on `path`."""
        return self.filter(path__startswith=category.path)

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

    def lock(self, product_id: UUID) -> "Product":
        """Lock one product and read it. Raises: Product.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=product_id)


class VariantQuerySet(models.QuerySet["ProductVariant"]):
    def sellable(self) -> Self:
        """Variants that can be put into a cart and ordered, stock aside."""
        return self.filter(sellable())

    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API."""
        return self.filter(shop=shop, archived_at=None, product__archived_at=None)

    def live(self) -> Self:
        """Variants that are not archived, in the seller's order."""
        return self.filter(archived_at=None).order_by("position", "id")


class ImageQuerySet(models.QuerySet["ProductImage"]):
    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API."""
        return self.filter(product__shop=shop, product__archived_at=None)
