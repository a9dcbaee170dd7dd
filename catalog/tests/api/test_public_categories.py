"""GET /categories and /brands."""

import pytest
from django.utils import timezone

from catalog.tests.factories import BrandFactory, CategoryFactory, ProductFactory
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    """fashion > (shirts > tees, trousers), home; 2 tees, 1 shirt, and what is hidden."""
    fashion = CategoryFactory(name="Thời trang", slug="fashion", position=0)
    shirts = CategoryFactory(name="Áo", slug="shirts", parent=fashion, position=1)
    trousers = CategoryFactory(name="Quần", slug="trousers", parent=fashion, position=0)
    tees = CategoryFactory(name="Áo thun", slug="tees", parent=shirts)
    CategoryFactory(name="Nhà", slug="home", position=1)
    hidden = CategoryFactory(slug="hidden", parent=fashion, is_active=False)
    CategoryFactory(slug="under-hidden", parent=hidden)
    CategoryFactory(slug="archived", archived_at=timezone.now())
    ProductFactory.create_batch(2, category=tees)
    ProductFactory(category=shirts)
    ProductFactory(category=trousers, status="draft")
    ProductFactory(category=trousers, archived_at=timezone.now())
    ProductFactory(category=trousers, shop=ShopFactory(status=ShopStatus.SUSPENDED))


def outline(nodes):
    return [(row["slug"], row["product_count"], outline(row["children"])) for row in nodes]


def test_tree_counts_what_is_below_in_two_statements(api, tree, django_assert_num_queries):
    with django_assert_num_queries(2):
        body = api.get("/api/v1/categories").json()

    assert outline(body) == [
        ("fashion", 3, [("trousers", 0, []), ("shirts", 3, [("tees", 2, [])])]),
        ("home", 0, []),
    ]
    assert list(body[0]) == ["id", "name", "slug", "image_url", "product_count", "children"]
    assert list(body[0]["children"][0]) == list(body[0])


def test_category_has_breadcrumbs_and_children(api, tree, django_assert_num_queries):
    with django_assert_num_queries(4):
        body = api.get("/api/v1/categories/shirts").json()

    assert [row["slug"] for row in body["breadcrumbs"]] == ["fashion", "shirts"]
    assert body["product_count"] == 3
    assert outline(body["children"]) == [("tees", 2, [])]
    assert api.get(f"/api/v1/categories/{body['id']}").json() == body


@pytest.mark.parametrize("slug", ["hidden", "under-hidden", "archived", "none"])
def test_hidden_categories_and_what_is_under_them_are_not_found(api, tree, slug):
    assert api.get(f"/api/v1/categories/{slug}").status_code == 404


def test_fields_keeps_only_what_is_asked_for(api, tree):
    assert api.get("/api/v1/categories?fields=slug").json() == [
        {"slug": "fashion"},
        {"slug": "home"},
    ]


def test_categories_are_not_sent_again_when_unchanged(api, tree):
    etag = api.get("/api/v1/categories")["ETag"]

    assert api.get("/api/v1/categories", HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_brands_by_name(api, django_assert_num_queries):
    second, first = BrandFactory(name="B"), BrandFactory(name="A", description="Số một")
    BrandFactory(name="C", is_active=False)
    BrandFactory(name="D", archived_at=timezone.now())

    with django_assert_num_queries(1):
        body = api.get("/api/v1/brands").json()

    assert [row["name"] for row in body["results"]] == ["A", "B"]
    assert api.get(f"/api/v1/brands/{first.slug}").json() == {
        "id": str(first.id),
        "name": "A",
        "slug": first.slug,
        "description": "Số một",
        "logo_url": None,
    }
    assert api.get(f"/api/v1/brands/{second.id}").json()["name"] == "B"


def test_hidden_brands_are_not_found(api):
    brand = BrandFactory(is_active=False)

    assert api.get(f"/api/v1/brands/{brand.slug}").status_code == 404
    assert api.get("/api/v1/brands/none").status_code == 404
