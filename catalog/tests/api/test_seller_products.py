"""A seller changes and deletes products over HTTP."""

import pytest
from django.forms import model_to_dict

from catalog.constants import ProductStatus
from catalog.models import Product, ProductVariant
from catalog.tests.api.bodies import CANARY, URL, body, details
from catalog.tests.factories import BrandFactory, CategoryFactory, ProductFactory, VariantFactory
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db


def row_of(product_id):
    row = Product.objects.get(pk=product_id)
    return {**model_to_dict(row), "id": row.pk, "created_at": row.created_at}


@pytest.mark.parametrize("status", ["rejected", "suspended"])
@pytest.mark.parametrize("method", ["put", "patch"])
def test_fields_of_others_change_nothing(seller, method, status):
    response = seller.post(URL, body(variants=[{"sku": "A1", "price": "5000"}]))
    product_id = response.json()["id"]
    before = row_of(product_id)

    response = getattr(seller, method)(
        f"{URL}/{product_id}",
        {
            **CANARY,
            "status": status,
            "title": "Áo thun",
            "category_id": str(before["category"]),
            "variants": [{"sku": "CANARY", "price": "1", "stock": 77}],
        },
    )

    assert response.status_code == 200, response.content
    assert row_of(product_id) == before
    assert ProductVariant.objects.get().sku == "A1"


def test_put_replaces_what_the_product_says_of_itself(seller, shop):
    product = ProductFactory(
        shop=shop, brand=BrandFactory(), description="Cũ", attributes={"a": "b"}, meta_title="Cũ"
    )
    category = CategoryFactory()

    response = seller.put(f"{URL}/{product.pk}", {"title": "Mới", "category_id": str(category.pk)})

    assert response.status_code == 200
    product.refresh_from_db()
    assert (product.title, product.category, product.brand) == ("Mới", category, None)
    assert (product.description, product.attributes, product.meta_title) == ("", {}, "")
    assert product.status == ProductStatus.ACTIVE
    assert details(seller.put(f"{URL}/{product.pk}", {"title": "x"})) == {"category_id": "required"}


def test_put_takes_back_what_get_gave(seller, shop):
    product = VariantFactory(
        product__shop=shop, product__status=ProductStatus.PENDING, product__description="Cũ"
    ).product
    given = seller.get(f"{URL}/{product.pk}").json()

    response = seller.put(f"{URL}/{product.pk}", {**given, "category_id": given["category"]["id"]})

    assert response.status_code == 200
    assert {**response.json(), "updated_at": ""} == {**given, "updated_at": ""}
    assert not OutboxEvent.objects.exists()


def test_patch_changes_the_given_fields_only(seller, shop):
    product = ProductFactory(shop=shop, description="Cũ", brand=BrandFactory())

    response = seller.patch(f"{URL}/{product.pk}", {"title": "Mới", "brand_id": None})

    assert response.json()["title"] == "Mới"
    assert response.json()["brand"] is None
    product.refresh_from_db()
    assert product.description == "Cũ"
    assert seller.patch(f"{URL}/{product.pk}", {}).status_code == 200
    assert details(seller.patch(f"{URL}/{product.pk}", {"title": ""})) == {"title": "blank"}
    assert details(seller.patch(f"{URL}/{product.pk}", {"category_id": str(uuid7())})) == {
        "category_id": "does_not_exist"
    }


def test_patch_status_publishes_and_withdraws(seller, shop):
    product = VariantFactory(product__shop=shop, product__status=ProductStatus.DRAFT).product
    url = f"{URL}/{product.pk}"

    assert seller.patch(url, {"status": "active"}).json()["status"] == "active"
    assert seller.patch(url, {"status": "active"}).json()["status"] == "active"
    assert seller.patch(url, {"status": "draft"}).json()["status"] == "draft"
    topics = list(OutboxEvent.objects.order_by("id").values_list("topic", flat=True))
    assert topics == ["products.published", "products.withdrawn"]


def test_patch_status_is_refused_where_it_is_not_the_sellers(seller, shop):
    suspended = VariantFactory(product__shop=shop, product__status=ProductStatus.SUSPENDED).product
    empty = ProductFactory(shop=shop, status=ProductStatus.DRAFT)

    for status in ("active", "draft"):
        response = seller.patch(f"{URL}/{suspended.pk}", {"status": status, "title": "Khác"})
        assert response.status_code == 409
        assert response.json()["error"]["code"] == "invalid_transition"
    response = seller.patch(f"{URL}/{empty.pk}", {"status": "active"})
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "no_active_variant"

    title = suspended.title
    suspended.refresh_from_db()
    assert (suspended.status, suspended.title) == (ProductStatus.SUSPENDED, title)


def test_delete_takes_the_product_from_everywhere(seller, shop, api):
    product = VariantFactory(product__shop=shop).product

    assert seller.delete(f"{URL}/{product.pk}").status_code == 204

    assert seller.get(f"{URL}/{product.pk}").status_code == 404
    assert seller.delete(f"{URL}/{product.pk}").status_code == 404
    assert seller.get(URL).json()["results"] == []
    assert api.get(f"/api/v1/products/{product.pk}").status_code == 404
    assert Product.objects.filter(pk=product.pk).exists()


@pytest.mark.parametrize("known", [True, False])
def test_products_of_another_shop_are_not_found_by_any_verb(seller, known):
    product = VariantFactory().product
    before = row_of(product.pk)
    url = f"{URL}/{product.pk if known else uuid7()}"
    complete = {"title": "Của tôi", "category_id": str(product.category_id)}

    for response in (
        seller.get(url),
        seller.put(url, complete),
        seller.patch(url, {"title": "Của tôi"}),
        seller.patch(url, {"title": ""}),
        seller.delete(url),
        seller.post(f"{url}/variants", {"sku": "MINE", "price": "1"}),
        seller.post(f"{url}/images", {}, format="multipart"),
    ):
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "not_found"
    assert row_of(product.pk) == before
    assert product.variants.count() == 1


def test_wrong_methods_and_addresses_are_refused_in_the_contracts_shape(seller, shop):
    product = ProductFactory(shop=shop)

    assert seller.delete(URL).status_code == 405
    assert seller.post(f"{URL}/{product.pk}").status_code == 405
    assert seller.get(f"{URL}/ao-thun").status_code == 404
    assert seller.get(f"{URL}/{product.pk}/variants").status_code == 405
