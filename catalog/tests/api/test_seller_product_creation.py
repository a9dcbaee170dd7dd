"""A seller makes products over HTTP."""

import unicodedata
from decimal import Decimal

import pytest

from accounts.tests.factories import UserFactory
from catalog.constants import ProductStatus
from catalog.models import Product, ProductVariant
from catalog.services.categories import archive_category
from catalog.tests.api.bodies import CANARY, URL, body, details, variant
from catalog.tests.factories import BrandFactory, CategoryFactory, VariantFactory
from marketplace.common.ids import uuid7
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


def test_post_makes_a_draft_with_everything_that_was_said(seller, shop):
    brand = BrandFactory()
    category = CategoryFactory()

    response = seller.post(
        URL,
        body(
            category_id=str(category.pk),
            brand_id=str(brand.pk),
            description="Dòng 1\nDòng 2 <b>",
            attributes={"Chất liệu": ["Cotton", "Lanh"], "Xuất xứ": "Việt Nam"},
            meta_title="Áo",
            meta_description="Áo thun đẹp",
            variants=[
                {
                    "sku": "A1",
                    "name": "Đỏ / M",
                    "price": "199000",
                    "compare_at_price": "249000",
                    "attributes": {"Màu": "Đỏ"},
                    "weight_grams": 250,
                    "stock": 5,
                    "low_stock_threshold": 4,
                },
                {"sku": "A2", "price": 299000, "is_active": False},
            ],
        ),
    )

    assert response.status_code == 201, response.content
    data = response.json()
    product = Product.objects.get()
    variants = data.pop("variants")
    assert set(variants[0]) == {
        "id",
        "sku",
        "name",
        "price",
        "compare_at_price",
        "attributes",
        "weight_grams",
        "available",
        "is_active",
        "stock",
        "reserved",
        "low_stock_threshold",
        "is_low",
        "position",
        "created_at",
        "updated_at",
    }
    assert variants[0]["name"] == "Đỏ / M"
    assert (variants[0]["price"], variants[0]["compare_at_price"]) == ("199000", "249000")
    assert variants[0]["attributes"] == {"Màu": "Đỏ"}
    assert [v["stock"] for v in variants] == [5, 0]
    assert [v["available"] for v in variants] == [5, 0]
    assert [v["is_active"] for v in variants] == [True, False]
    assert [(v["low_stock_threshold"], v["is_low"]) for v in variants] == [(4, False), (5, True)]
    assert data == {
        "id": str(product.pk),
        "slug": product.slug,
        "title": "Áo thun",
        "price": "199000",
        "max_price": "199000",
        "compare_at_price": "249000",
        "currency": "VND",
        "thumbnail_url": None,
        "average_rating": 0.0,
        "review_count": 0,
        "sold_count": 0,
        "in_stock": True,
        "shop": {"id": str(shop.pk), "name": shop.name, "slug": shop.slug},
        "holiday": None,
        "category": {"id": str(category.pk), "name": category.name, "slug": category.slug},
        "brand": {"id": str(brand.pk), "name": brand.name, "slug": brand.slug},
        "created_at": data["created_at"],
        "description": "Dòng 1\nDòng 2 <b>",
        "attributes": {"Chất liệu": ["Cotton", "Lanh"], "Xuất xứ": "Việt Nam"},
        "images": [],
        "breadcrumbs": [
            {"id": str(category.pk), "name": category.name, "slug": category.slug},
        ],
        "meta_title": "Áo",
        "meta_description": "Áo thun đẹp",
        "updated_at": data["updated_at"],
        "status": "draft",
        "status_reason": "",
        "is_featured": False,
        "is_on_sale": True,
    }
    assert not Product.objects.public().exists()


def test_post_publishes_where_asked(seller, api):
    response = seller.post(URL, body(status="active"))

    assert response.json()["status"] == "active"
    product_id = response.json()["id"]
    assert api.get(f"/api/v1/products/{product_id}").status_code == 200


def test_post_asks_for_review_where_the_marketplace_wants_it(seller, settings):
    settings.PRODUCT_REVIEW_REQUIRED = True

    assert seller.post(URL, body(status="active")).json()["status"] == "pending"


@pytest.mark.parametrize("status", [ShopStatus.PENDING, ShopStatus.REJECTED])
def test_a_shop_that_is_not_open_prepares_but_does_not_publish(api_as, status):
    seller = api_as(ShopFactory(status=status).owner)

    assert seller.post(URL, body()).status_code == 201
    refusal = seller.post(URL, body(status="active", variants=[{"sku": "B", "price": "1"}]))

    assert refusal.status_code == 403
    assert refusal.json()["error"]["code"] == "shop_not_active"
    assert Product.objects.get().status == ProductStatus.DRAFT
    assert ProductVariant.objects.count() == 1


def test_a_suspended_shop_reads_only(api_as):
    product = VariantFactory(product__shop__status=ShopStatus.SUSPENDED).product
    seller = api_as(product.shop.owner)

    assert seller.get(URL).status_code == 200
    assert seller.post(URL, body()).json()["error"]["code"] == "shop_not_active"
    assert seller.delete(f"{URL}/{product.pk}").status_code == 403
    product.refresh_from_db()
    assert product.archived_at is None


def test_without_a_shop_or_an_account_nothing_is_there(api, api_as):
    assert api.get(URL).status_code == 401
    response = api_as(UserFactory()).post(URL, body())

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "no_shop"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"title": 7}, "title"),
        ({"title": None}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"description": "x" * 20_001}, "description"),
        ({"category_id": "giày"}, "category_id"),
        ({"category_id": None}, "category_id"),
        ({"category_id": 10**19}, "category_id"),
        ({"category_id": True}, "category_id"),
        ({"category_id": "urn:uuid:x"}, "category_id"),
        ({"category_id": str(uuid7())}, "category_id"),
        ({"brand_id": str(uuid7())}, "brand_id"),
        ({"brand_id": {}}, "brand_id"),
        ({"status": "best"}, "status"),
        ({"meta_title": "x" * 256}, "meta_title"),
        ({"meta_description": "x" * 501}, "meta_description"),
        ({"attributes": []}, "attributes"),
        ({"attributes": "x"}, "attributes"),
        ({"attributes": {"": "x"}}, "attributes"),
        ({"attributes": {"x" * 61: "x"}}, "attributes"),
        ({"attributes": {"a": ""}}, "attributes"),
        ({"attributes": {"a": "x" * 201}}, "attributes"),
        ({"attributes": {"a": 1}}, "attributes"),
        ({"attributes": {"a": None}}, "attributes"),
        ({"attributes": {"a": {"b": "c"}}}, "attributes"),
        ({"attributes": {"a": []}}, "attributes"),
        ({"attributes": {"a": ["b", 1]}}, "attributes"),
        ({"attributes": {"a": "1", " a ": "2"}}, "attributes"),
        ({"attributes": {str(n): "x" for n in range(31)}}, "attributes"),
        ({"variants": []}, "variants"),
        ({"variants": None}, "variants"),
        ({"variants": {}}, "variants"),
        ({"variants": [variant(sku=f"S{n}") for n in range(101)]}, "variants"),
        ({"variants": [variant(), 7]}, "variants.1"),
        ({"variants": [variant(sku="")]}, "variants.0.sku"),
        ({"variants": [variant(sku="x" * 65)]}, "variants.0.sku"),
        ({"variants": [variant(sku=None)]}, "variants.0.sku"),
        ({"variants": [variant(), variant(sku="a1")]}, "variants.1.sku"),
        # The full-width A is no other letter in a sku.
        ({"variants": [variant(), variant(sku="Ａ1")]}, "variants.1.sku"),
        ({"variants": [variant(price="0")]}, "variants.0.price"),
        ({"variants": [variant(price="-1")]}, "variants.0.price"),
        ({"variants": [variant(price="1.5")]}, "variants.0.price"),
        ({"variants": [variant(price=1.5)]}, "variants.0.price"),
        ({"variants": [variant(price=True)]}, "variants.0.price"),
        ({"variants": [variant(price="1e3")]}, "variants.0.price"),
        ({"variants": [variant(price=10**12 + 1)]}, "variants.0.price"),
        ({"variants": [variant(price="９")]}, "variants.0.price"),
        ({"variants": [variant(price=None)]}, "variants.0.price"),
        ({"variants": [variant(compare_at_price="1000")]}, "variants.0.compare_at_price"),
        ({"variants": [variant(compare_at_price="x")]}, "variants.0.compare_at_price"),
        ({"variants": [variant(weight_grams=-1)]}, "variants.0.weight_grams"),
        ({"variants": [variant(weight_grams=10**20)]}, "variants.0.weight_grams"),
        ({"variants": [variant(weight_grams="5")]}, "variants.0.weight_grams"),
        ({"variants": [variant(stock=-1)]}, "variants.0.stock"),
        ({"variants": [variant(stock=2**31)]}, "variants.0.stock"),
        ({"variants": [variant(stock=1.5)]}, "variants.0.stock"),
        ({"variants": [variant(stock=True)]}, "variants.0.stock"),
        ({"variants": [variant(is_active="maybe")]}, "variants.0.is_active"),
        ({"variants": [variant(attributes={"a": 1})]}, "variants.0.attributes"),
    ],
)
def test_post_names_what_is_wrong_and_writes_nothing(seller, fields, field):
    response = seller.post(URL, body(**fields))

    assert list(details(response)) == [field]
    assert not Product.objects.exists()
    assert not ProductVariant.objects.exists()


@pytest.mark.parametrize(
    "text",
    ["Áo 😀", "سوق", "e\u0301", "' OR 1=1 --", "%s %(x)s {0} ${x}", "<script>", "\u200bx"],
)
def test_post_takes_any_text_as_text(seller, text):
    response = seller.post(
        URL,
        body(
            title=text,
            description=text,
            attributes={text: [text]},
            meta_title=text,
            variants=[{"sku": text, "name": text, "price": "1", "attributes": {text: text}}],
        ),
    )

    assert response.status_code == 201, response.content
    plain = unicodedata.normalize("NFC", text)
    data = response.json()
    assert (data["title"], data["description"]) == (plain, plain)
    assert data["attributes"] == {plain: [plain]}
    assert seller.get(URL, {"q": text}).json()["results"][0]["id"] == data["id"]


@pytest.mark.parametrize(
    "raw", [b'{"title": "a\\u0000b"}', b'{"title": "\\ud800"}', b"{", b"[" * 50]
)
def test_post_refuses_what_is_no_text_and_no_json(seller, raw):
    response = seller.post(URL, raw, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "parse_error"


def test_post_names_every_missing_field(seller):
    assert details(seller.post(URL, {})) == {
        "title": "required",
        "category_id": "required",
        "variants": "required",
    }
    assert seller.post(URL, [1]).status_code == 400
    assert seller.post(URL, "x", content_type="text/plain").status_code == 415


def test_post_refuses_an_archived_category(seller):
    category = CategoryFactory()
    archive_category(category.pk, actor=None)

    response = seller.post(URL, body(category_id=str(category.pk)))

    assert details(response) == {"category_id": "does_not_exist"}


def test_post_refuses_skus_of_the_shop_and_names_their_places(seller):
    seller.post(URL, body())

    response = seller.post(
        URL, body(variants=[{"sku": "B1", "price": "1"}, {"sku": "a1", "price": "1"}])
    )

    assert response.status_code == 409
    error = response.json()["error"]
    assert error["code"] == "sku_taken"
    assert [row["field"] for row in error["details"]] == ["variants.1.sku"]
    assert Product.objects.count() == 1


def test_fields_of_others_are_not_taken_at_creation_either(seller, shop):
    response = seller.post(
        URL, {**body(variants=[{"sku": "A1", "price": "5000"}]), **CANARY, "status": "suspended"}
    )

    assert response.status_code == 201
    product = Product.objects.get()
    assert product.shop == shop
    assert str(product.pk) != CANARY["id"]
    assert product.status == ProductStatus.DRAFT
    assert (product.min_price_amount, product.compare_at_price_amount) == (5000, None)
    assert (product.in_stock, product.is_featured, product.is_on_sale) == (False, False, False)
    assert (product.sold_count, product.review_count) == (0, 0)
    assert product.average_rating == Decimal(0)
    assert (product.thumbnail, product.archived_at) == ("", None)
