"""Filters and locks of the catalogue."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from catalog.constants import ProductStatus
from shops.constants import ShopStatus

if TYPE_CHECKING:
    from catalog.models import Brand, Category, Product, ProductVariant  # noqa: F401
    from shops.models import Shop


class CategoryQuerySet(models.QuerySet["Category"]):
    def public(self) -> Self:
        """Categories that buyers see."""
        return self.filter(is_active=True, archived_at=None)

    def below(self, category: "Category") -> Self:
        """The category itself and all of its descendants, by one index range on `path`."""
        return self.filter(path__startswith=category.path)


class BrandQuerySet(models.QuerySet["Brand"]):
    def public(self) -> Self:
        """Brands that buyers see."""
        return self.filter(is_active=True, archived_at=None)


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
        return self.filter(
            Q(is_active=True, archived_at=None)
            & Q(product__status=ProductStatus.ACTIVE, product__archived_at=None)
            & Q(product__shop__status=ShopStatus.APPROVED)
        )
