"""A seller reads the shop's products over HTTP."""

import pytest

from catalog.constants import ProductStatus
from catalog.services.products import archive_product
from catalog.tests.api.bodies import URL, details
from catalog.tests.factories import BrandFactory, ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db


def test_get_lists_the_shops_own_products_newest_first(seller, shop):
    mine = [ProductFactory(shop=shop, status=status) for status in ProductStatus]
    ProductFactory()
    archived = ProductFactory(shop=shop)
    archive_product(archived.pk, actor=None)

    results = seller.get(URL).json()["results"]

    assert [row["id"] for row in results] == [str(product.pk) for product in reversed(mine)]
    assert results[0]["status"] == "suspended"
    assert "variants" not in results[0]


def test_get_filters_by_status_and_by_words_or_sku(seller, shop):
    shirt = ProductFactory(shop=shop, title="Áo thun nam", status=ProductStatus.DRAFT)
    shoes = VariantFactory(product__shop=shop, product__title="Giày", sku="GIAY-42").product
    VariantFactory(product__title="Áo thun nữ", sku="GIAY-42")

    def found(query):
        return [row["id"] for row in seller.get(f"{URL}?{query}").json()["results"]]

    assert found("status=draft") == [str(shirt.pk)]
    assert found("q=thun ao") == [str(shirt.pk)]
    assert found("q=giay-42") == [str(shoes.pk)]
    assert found("q=giay-4") == []
    assert found("q=%25") == []
    assert found("q=ao&status=active") == []
    assert found("status=") == [str(shoes.pk), str(shirt.pk)]
    assert details(seller.get(f"{URL}?status=best")) == {"status": "invalid_choice"}
    assert details(seller.get(f"{URL}?q={'x' * 101}")) == {"q": "max_length"}
    assert details(seller.get(f"{URL}?cursor=x")) == {"cursor": "invalid"}


def test_list_finds_what_is_low_in_stock(seller, shop):
    low = VariantFactory(product__shop=shop, stock=5).product
    enough = VariantFactory(product__shop=shop, stock=6).product
    VariantFactory(product=enough, stock=0, is_active=False)

    def found(query):
        return [row["id"] for row in seller.get(f"{URL}?{query}").json()["results"]]

    assert found("low_stock=true") == [str(low.pk)]
    assert found("low_stock=false") == [str(enough.pk)]
    assert found("low_stock=") == [str(enough.pk), str(low.pk)]
    assert details(seller.get(f"{URL}?low_stock=x")) == {"low_stock": "invalid"}


def test_get_list_takes_pages_and_fields(seller, shop):
    products = [ProductFactory(shop=shop) for _ in range(3)]

    first = seller.get(f"{URL}?limit=2&fields=id,status").json()
    second = seller.get(first["next"]).json()

    assert first["results"][0] == {"id": str(products[2].pk), "status": "active"}
    assert [row["id"] for row in second["results"]] == [str(products[0].pk)]
    assert second["next"] is None


@pytest.mark.parametrize("number", [1, 15])
def test_get_list_takes_two_statements_however_long_it_is(
    seller, shop, number, django_assert_num_queries
):
    for _ in range(number):
        VariantFactory(product__shop=shop, product__brand=BrandFactory())

    with django_assert_num_queries(2):  # the shop, the page
        response = seller.get(f"{URL}?q=ao&status=active")

    assert len(response.json()["results"]) == number


@pytest.mark.parametrize("number", [1, 5])
def test_get_takes_five_statements_however_many_variants(
    seller, shop, number, django_assert_num_queries
):
    product = ProductFactory(shop=shop)
    for _ in range(number):
        VariantFactory(product=product)

    with django_assert_num_queries(5):  # the shop, the product, variants, images, breadcrumbs
        response = seller.get(f"{URL}/{product.pk}")

    assert len(response.json()["variants"]) == number


def test_get_shows_inactive_variants_but_not_archived_ones(seller, shop):
    product = ProductFactory(shop=shop)
    VariantFactory(product=product, sku="ON")
    VariantFactory(product=product, sku="OFF", is_active=False)
    gone = VariantFactory(product=product, sku="GONE")
    seller.delete(f"/api/v1/seller/variants/{gone.pk}")

    variants = seller.get(f"{URL}/{product.pk}").json()["variants"]

    assert [row["sku"] for row in variants] == ["ON", "OFF"]
