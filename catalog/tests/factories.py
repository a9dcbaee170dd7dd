"""Products with stock for tests."""

from typing import Any

import factory

from catalog.constants import ProductStatus
from catalog.inventory.constants import MovementReason
from catalog.inventory.models import StockItem, StockMovement
from catalog.models import Banner, Brand, Category, Product, ProductVariant
from catalog.search.documents import index_products
from shops.tests.factories import ShopFactory


class CategoryFactory(factory.django.DjangoModelFactory[Category]):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Danh mục {n}")
    slug = factory.Sequence(lambda n: f"danh-muc-{n}")
    path = factory.LazyAttribute(
        lambda row: (row.parent.path if row.parent else "") + f"{row.id.hex}/"
    )
    depth = factory.LazyAttribute(lambda row: row.parent.depth + 1 if row.parent else 0)
    parent = None

    @factory.lazy_attribute
    def id(self) -> Any:
        from marketplace.common.ids import uuid7

        return uuid7()


class BannerFactory(factory.django.DjangoModelFactory[Banner]):
    """A banner that is shown now."""

    class Meta:
        model = Banner

    title = factory.Sequence(lambda n: f"Khuyến mãi {n}")
    image = "banners/a.jpg"
    position = factory.Sequence(lambda n: n)


class BrandFactory(factory.django.DjangoModelFactory[Brand]):
    class Meta:
        model = Brand

    name = factory.Sequence(lambda n: f"Thương hiệu {n}")
    slug = factory.Sequence(lambda n: f"thuong-hieu-{n}")


class ProductFactory(factory.django.DjangoModelFactory[Product]):
    """An active product of an approved shop, without variants: see `VariantFactory`."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    shop = factory.SubFactory(ShopFactory)
    category = factory.SubFactory(CategoryFactory)
    title = factory.Sequence(lambda n: f"Áo thun {n}")
    slug = factory.Sequence(lambda n: f"ao-thun-{n}")
    status = ProductStatus.ACTIVE

    @factory.post_generation
    def search_document(self, create: bool, extracted: object, **kwargs: object) -> None:
        if create:
            index_products([self.id])


class VariantFactory(factory.django.DjangoModelFactory[ProductVariant]):
    """A variant at 100,000 ₫ and 500 g with 10 units on hand (`stock=n` for another number)."""

    class Meta:
        model = ProductVariant
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    shop = factory.SelfAttribute("product.shop")
    sku = factory.Sequence(lambda n: f"SKU-{n}")
    name = "M"
    price_amount = 100_000
    weight_grams = 500

    @factory.post_generation
    def stock(self, create: bool, extracted: int | None, **kwargs: object) -> None:
        if not create:
            return
        units = 10 if extracted is None else extracted
        StockItem.objects.create(variant=self, on_hand=units)
        if units:
            StockMovement.objects.create(variant=self, delta=units, reason=MovementReason.RECEIVED)
        product = self.product
        prices = list(product.variants.values_list("price_amount", flat=True))
        product.min_price_amount, product.max_price_amount = min(prices), max(prices)
        product.in_stock = product.in_stock or units > 0
        product.save(update_fields=["min_price_amount", "max_price_amount", "in_stock"])
        if self.attributes:
            index_products([product.id])
