"""Creating, changing, publishing and archiving products."""

from typing import Any

import pytest
from django.conf import settings as django_settings

from catalog.constants import ProductStatus
from catalog.errors import NoActiveVariant, SkuTaken, TooManyVariants
from catalog.inventory.models import StockItem, StockMovement
from catalog.models import Product, ProductVariant
from catalog.services.categories import archive_category
from catalog.services.products import (
    archive_product,
    create_product,
    publish_product,
    update_product,
    withdraw_product,
)
from catalog.services.variants import VariantDraft, update_variant
from catalog.tests.factories import BrandFactory, CategoryFactory, ProductFactory, VariantFactory
from marketplace.common.errors import InvalidInput, InvalidTransition, NotFound
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel
from shops.constants import ShopStatus
from shops.errors import ShopNotActive
from shops.tests.factories import ShopFactory


def draft(sku: str = "A1", price: int = 100_000, **fields: Any) -> VariantDraft:
    return VariantDraft(sku=sku, price_amount=price, **{"stock": 5, **fields})


def make(shop: Any, *variants: VariantDraft, **fields: Any) -> Product:
    fields.setdefault("category_id", CategoryFactory().pk)
    return create_product(
        shop.pk, actor=None, title="Áo thun", variants=variants or [draft()], **fields
    )


@pytest.mark.django_db
def test_create_product_derives_its_columns_from_its_variants():
    brand = BrandFactory()

    product = make(
        ShopFactory(),
        draft("B", 200_000, compare_at_price_amount=300_000, stock=0),
        draft("A", 150_000, compare_at_price_amount=180_000, stock=3),
        draft("C", 100_000, is_active=False, stock=9),
        brand_id=brand.pk,
        attributes={"Chất liệu": "Cotton"},
    )

    assert product.status == ProductStatus.DRAFT
    assert (product.min_price_amount, product.max_price_amount) == (150_000, 200_000)
    assert product.compare_at_price_amount == 180_000
    assert product.is_on_sale
    assert product.in_stock
    assert product.slug.startswith("ao-thun-")
    assert product.brand == brand
    rows = product.variants.order_by("position").values_list("sku", "stock__on_hand")
    assert list(rows) == [("B", 0), ("A", 3), ("C", 9)]
    assert StockMovement.objects.count() == 2
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_create_product_is_not_in_stock_when_only_inactive_variants_are():
    product = make(ShopFactory(), draft("A", stock=0), draft("B", stock=4, is_active=False))

    assert not product.in_stock
    assert not product.is_on_sale


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["category_id", "brand_id"])
def test_create_product_names_the_field_when_a_reference_is_unknown(field):
    with pytest.raises(InvalidInput) as refusal:
        make(ShopFactory(), **{field: uuid7()})

    assert refusal.value.details[0]["field"] == field
    assert not Product.objects.exists()


@pytest.mark.django_db
def test_create_product_refuses_an_archived_or_hidden_category():
    archived, hidden = CategoryFactory(), CategoryFactory(is_active=False)
    archive_category(archived.pk, actor=None)

    for category in (archived, hidden):
        with pytest.raises(InvalidInput):
            make(ShopFactory(), category_id=category.pk)
    assert not Product.objects.exists()


@pytest.mark.django_db
def test_create_product_names_the_place_of_a_sku_that_stands_twice():
    with pytest.raises(InvalidInput) as refusal:
        make(ShopFactory(), draft("A1"), draft("B1"), draft("a1"))

    assert refusal.value.details[0]["field"] == "variants.2.sku"
    assert not Product.objects.exists()


@pytest.mark.django_db
def test_create_product_names_the_places_of_skus_that_the_shop_has():
    shop = ShopFactory()
    make(shop, draft("A1"), draft("B1"))

    with pytest.raises(SkuTaken) as refusal:
        make(shop, draft("C1"), draft("b1"), draft("a1"))

    assert [row["field"] for row in refusal.value.details] == ["variants.1.sku", "variants.2.sku"]
    assert Product.objects.count() == 1


@pytest.mark.django_db
def test_create_product_lets_two_shops_use_one_sku():
    make(ShopFactory(), draft("A1"))
    make(ShopFactory(), draft("A1"))

    assert ProductVariant.objects.filter(sku="A1").count() == 2


@pytest.mark.django_db
def test_create_product_refuses_more_than_a_hundred_variants_and_none():
    shop = ShopFactory()

    with pytest.raises(TooManyVariants):
        make(shop, *(draft(f"S{n}") for n in range(101)))
    with pytest.raises(InvalidInput):
        create_product(
            shop.pk, actor=None, title="x", category_id=CategoryFactory().pk, variants=[]
        )

    assert not Product.objects.exists()


@pytest.mark.django_db
def test_create_product_refuses_a_compare_at_price_that_is_not_higher():
    with pytest.raises(InvalidInput) as refusal:
        make(ShopFactory(), draft(price=100, compare_at_price_amount=100))

    assert refusal.value.details[0]["field"] == "variants.0.compare_at_price"


@pytest.mark.django_db(transaction=True)
def test_a_sku_is_given_once_when_two_requests_race():
    shop, category = ShopFactory(), CategoryFactory()

    def create(skus: list[str]) -> Product:
        return make(shop, *(draft(sku) for sku in skus), category_id=category.pk)

    # Opposite orders: inserted as they come, the two would deadlock.
    for n in range(5):
        pair = [f"A{n}", f"B{n}"]
        outcomes = run_in_parallel(create, arguments=[pair, pair[::-1], pair, pair[::-1]])

        assert sum(isinstance(outcome, Product) for outcome in outcomes) == 1
        refusals = [o for o in outcomes if isinstance(o, SkuTaken)]
        assert len(refusals) == 3
        assert all(len(refusal.details) == 2 for refusal in refusals)
    assert Product.objects.count() == 5
    assert StockItem.objects.count() == 10


@pytest.mark.django_db
def test_update_product_changes_what_is_given_and_keeps_the_slug():
    product = ProductFactory(description="Cũ")
    slug, category = product.slug, CategoryFactory()

    update_product(product.pk, actor=None, title="Áo sơ mi", category_id=category.pk)

    product.refresh_from_db()
    assert (product.title, product.slug, product.description) == ("Áo sơ mi", slug, "Cũ")
    assert product.category == category
    assert product.status == ProductStatus.ACTIVE


@pytest.mark.django_db
def test_update_product_changes_nothing_when_the_publication_in_it_is_refused():
    product = ProductFactory(status=ProductStatus.DRAFT, title="Áo thun")

    with pytest.raises(NoActiveVariant):
        update_product(product.pk, actor=None, title="Khác", on_sale=True)

    product.refresh_from_db()
    assert (product.title, product.status) == ("Áo thun", ProductStatus.DRAFT)


@pytest.mark.django_db
def test_update_product_is_not_found_once_archived():
    product = ProductFactory()
    archive_product(product.pk, actor=None)

    with pytest.raises(NotFound):
        update_product(product.pk, actor=None, title="Khác")


@pytest.mark.django_db
def test_publish_product_puts_it_on_sale_once():
    product = VariantFactory(product__status=ProductStatus.DRAFT).product

    publish_product(product.pk, actor=None)
    publish_product(product.pk, actor=None)

    assert Product.objects.public().get() == product
    event = OutboxEvent.objects.get()
    assert event.topic == "products.published"
    assert event.payload == {"product_id": str(product.pk), "shop_id": str(product.shop_id)}


@pytest.mark.django_db
def test_publish_product_waits_for_staff_where_review_is_required(settings):
    settings.PRODUCT_REVIEW_REQUIRED = True
    product = VariantFactory(product__status=ProductStatus.DRAFT).product

    assert publish_product(product.pk, actor=None).status == ProductStatus.PENDING

    assert not Product.objects.public().exists()
    assert OutboxEvent.objects.get().topic == "products.submitted"


@pytest.mark.django_db
@pytest.mark.parametrize("via_draft", [False, True])
def test_publish_product_asks_staff_again_once_they_refused_it(via_draft):
    assert not django_settings.PRODUCT_REVIEW_REQUIRED
    product = VariantFactory(
        product__status=ProductStatus.REJECTED, product__status_reason="Hàng giả"
    ).product

    if via_draft:
        withdraw_product(product.pk, actor=None)
    published = publish_product(product.pk, actor=None)

    assert published.status == ProductStatus.PENDING


@pytest.mark.django_db
@pytest.mark.parametrize("status", [s for s in ShopStatus if s != ShopStatus.APPROVED])
def test_publish_product_is_refused_unless_the_shop_is_open(status):
    product = VariantFactory(
        product__status=ProductStatus.DRAFT, product__shop__status=status
    ).product

    with pytest.raises(ShopNotActive):
        publish_product(product.pk, actor=None)

    product.refresh_from_db()
    assert product.status == ProductStatus.DRAFT
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_publish_product_needs_an_active_variant():
    product = VariantFactory(product__status=ProductStatus.DRAFT, is_active=False).product

    with pytest.raises(NoActiveVariant):
        publish_product(product.pk, actor=None)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [publish_product, withdraw_product])
def test_a_seller_cannot_end_a_suspension(change):
    product = VariantFactory(product__status=ProductStatus.SUSPENDED).product

    with pytest.raises(InvalidTransition):
        change(product.pk, actor=None)

    product.refresh_from_db()
    assert product.status == ProductStatus.SUSPENDED


@pytest.mark.django_db
def test_withdraw_product_takes_it_off_sale_once():
    product = VariantFactory().product

    withdraw_product(product.pk, actor=None)
    withdraw_product(product.pk, actor=None)

    assert not Product.objects.public().exists()
    assert OutboxEvent.objects.get().topic == "products.withdrawn"


@pytest.mark.django_db
def test_archive_product_frees_its_skus_and_tells_once():
    shop = ShopFactory()
    product = make(shop, draft("A1"), on_sale=True)
    OutboxEvent.objects.all().delete()

    archive_product(product.pk, actor=None)
    archive_product(product.pk, actor=None)

    assert not Product.objects.of_shop(shop).exists()
    assert not ProductVariant.objects.sellable().exists()
    assert OutboxEvent.objects.get().topic == "products.archived"
    assert make(shop, draft("A1")).variants.get().sku == "A1"
    with pytest.raises(NotFound):
        archive_product(uuid7(), actor=None)


@pytest.mark.django_db(transaction=True)
def test_a_category_is_not_archived_under_a_product_that_is_being_made():
    shop = ShopFactory()
    for n in range(10):
        category = CategoryFactory()

        def create(category: Any = category, n: int = n) -> Product:
            return make(shop, draft(f"S{n}"), category_id=category.pk)

        def archive(category: Any = category) -> None:
            archive_category(category.pk, actor=None)

        run_in_parallel(lambda call: call(), arguments=[create, archive])

        category.refresh_from_db()
        assert category.archived_at is None or not category.products.exists()


@pytest.mark.django_db(transaction=True)
def test_publication_and_switching_off_the_last_variant_exclude_each_other():
    for _ in range(10):
        variant = VariantFactory(product__status=ProductStatus.DRAFT)

        def publish(variant: Any = variant) -> None:
            publish_product(variant.product_id, actor=None)

        def switch_off(variant: Any = variant) -> None:
            update_variant(variant.pk, actor=None, is_active=False)

        outcomes = run_in_parallel(lambda call: call(), arguments=[publish, switch_off])

        assert sum(isinstance(outcome, NoActiveVariant) for outcome in outcomes) == 1
        variant.refresh_from_db()
        assert (variant.product.status == ProductStatus.ACTIVE) == variant.is_active
