"""GET /products/{id or slug} and its parts."""

import pytest
from django.utils import timezone

from catalog.models import ProductImage
from catalog.tests.factories import CategoryFactory, ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/products"


@pytest.fixture
def product(settings):
    settings.SITE_URL = "https://market.test"
    root = CategoryFactory(name="Thời trang")
    product = ProductFactory(
        category=CategoryFactory(name="Áo", parent=root),
        description="Cotton 100%",
        attributes={"Chất liệu": "cotton"},
        meta_title="Áo đẹp",
    )
    VariantFactory(
        product=product, sku="A-M", price_amount=100_000, attributes={"size": "M"}, position=1
    )
    VariantFactory(
        product=product,
        sku="A-S",
        price_amount=90_000,
        compare_at_price_amount=99_000,
        stock=0,
        position=0,
    )
    VariantFactory(product=product, sku="off", is_active=False)
    VariantFactory(product=product, sku="gone", archived_at=timezone.now())
    ProductImage.objects.create(product=product, file="products/2.jpg", position=1)
    ProductImage.objects.create(
        product=product, file="products/1.jpg", position=0, is_primary=True, alt_text="Trước"
    )
    return product


def test_detail_takes_one_statement(api, product, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = api.get(f"{URL}/{product.slug}")

    assert response.status_code == 200


def test_detail_adds_variants_images_and_breadcrumbs(api, product):
    by_slug, by_id = api.get(f"{URL}/{product.slug}"), api.get(f"{URL}/{product.id}")

    body = by_slug.json()
    assert by_id.json() == body
    assert list(body)[16:] == [
        "description",
        "attributes",
        "images",
        "variants",
        "breadcrumbs",
        "meta_title",
        "meta_description",
        "updated_at",
        "holiday",
    ]
    assert body["attributes"] == {"Chất liệu": "cotton"}
    assert [row["name"] for row in body["breadcrumbs"]] == ["Thời trang", "Áo"]
    assert [row["sku"] for row in body["variants"]] == ["A-S", "A-M"]
    variant = product.variants.get(sku="A-M")
    assert body["variants"][1] == {
        "id": str(variant.id),
        "sku": "A-M",
        "name": "M",
        "price": "100000",
        "compare_at_price": None,
        "attributes": {"size": "M"},
        "weight_grams": 500,
        "available": 10,
        "is_active": True,
    }
    assert body["images"][0] == {
        "id": str(product.images.get(position=0).id),
        "url": "https://market.test/media/products/1.jpg",
        "alt_text": "Trước",
        "position": 0,
        "is_primary": True,
        "renditions": dict.fromkeys(
            ("thumb", "card", "large"), "https://market.test/media/products/1.jpg"
        ),
    }


@pytest.mark.breaks_invariants  # reserves without an order
def test_what_is_reserved_is_not_available(api, product):
    variant = product.variants.get(sku="A-M")
    variant.stock.reserved = 3
    variant.stock.save(update_fields=["reserved"])

    by_sku = {row["sku"]: row for row in api.get(f"{URL}/{product.id}").json()["variants"]}

    assert by_sku["A-M"]["available"] == 7
    assert by_sku["A-S"]["available"] == 0


def test_parts_are_plain_arrays_like_in_the_detail(api, product, django_assert_num_queries):
    body = api.get(f"{URL}/{product.id}").json()

    for part in ("variants", "images"):
        with django_assert_num_queries(1):
            assert api.get(f"{URL}/{product.slug}/{part}").json() == body[part]
    skus = api.get(f"{URL}/{product.id}/variants?fields=sku").json()
    assert skus == [{"sku": "A-S"}, {"sku": "A-M"}]


def test_related_are_the_most_popular_of_the_category(api, product, django_assert_num_queries):
    little, much = (
        ProductFactory(category=product.category, title="Áo sơ mi", sold_count=sold)
        for sold in (1, 9)
    )
    ProductFactory(sold_count=99)

    # The product, the ids of what goes with it, their cards.
    with django_assert_num_queries(2):
        response = api.get(f"{URL}/{product.id}/related")

    assert [row["id"] for row in response.json()] == [str(much.id), str(little.id)]


def test_fields_keeps_only_what_is_asked_for(api, product):
    body = api.get(f"{URL}/{product.id}?fields=id,variants,shop").json()

    assert list(body) == ["id", "shop", "variants"]
    assert len(body["variants"][0]) == 9
    assert list(body["shop"]) == ["id", "name", "slug"]


@pytest.mark.parametrize(
    "ref", ["none", "018f0000-0000-7000-8000-000000000000", "a%20b", "%F0%9F%98%80", "x" * 5000]
)
def test_unknown_products_are_not_found(api, ref):
    for part in ("", "/variants", "/images", "/related"):
        response = api.get(f"{URL}/{ref}{part}")
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_here(api, product, method):
    for url in (URL, f"{URL}/{product.id}", f"{URL}/search", "/api/v1/categories"):
        response = getattr(api, method)(url, {"title": "x"})
        assert response.status_code == 405
        assert response.json()["error"]["code"] == "method_not_allowed"
