"""GET /products/search and /products/suggest."""

from urllib.parse import quote

import pytest

from catalog.tests.factories import BrandFactory, CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/products/search"
SUGGEST = "/api/v1/products/suggest"


def titles(api, q, url=URL, more=""):
    response = api.get(f"{url}?q={quote(q)}{more}")
    assert response.status_code == 200, response.content
    body = response.json()
    return [row["title"] for row in body["results" if url == URL else "products"]]


@pytest.fixture
def shirts():
    ProductFactory(title="Áo thun Điện Quang", sold_count=3)
    ProductFactory(title="ÁO SƠ MI 100% cotton", sold_count=2)
    ProductFactory(title="Quần_bò \\ (jeans)", sold_count=1)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("ao thun", ["Áo thun Điện Quang"]),
        ("THUN ÁO", ["Áo thun Điện Quang"]),
        ("dien", ["Áo thun Điện Quang"]),
        ("áo", ["Áo thun Điện Quang", "ÁO SƠ MI 100% cotton"]),
        ("so mi", ["ÁO SƠ MI 100% cotton"]),
        ("cott", ["ÁO SƠ MI 100% cotton"]),
        ("%", ["ÁO SƠ MI 100% cotton"]),
        ("_", ["Quần_bò \\ (jeans)"]),
        ("\\", ["Quần_bò \\ (jeans)"]),
        ("giày", []),
    ],
)
def test_search_ignores_case_and_diacritics_and_takes_wildcards_literally(api, shirts, q, expected):
    assert titles(api, q) == expected
    assert titles(api, q, SUGGEST) == expected


@pytest.mark.parametrize(
    "q",
    [
        "a & b | !c",
        "'; drop table catalog_product; --",
        "*: <-> (",
        '"open',
        ":*",
        "\\",
        "%％＼",
        pytest.param("x" * 5000, id="5 kB"),
        pytest.param("từ " * 1000, id="1000 words"),
        "😀",
        "\u202e\u200b",
        " ",
    ],
)
def test_search_survives_anything(api, shirts, q):
    titles(api, q)
    titles(api, q, SUGGEST)


def test_empty_search_finds_everything_that_passes_the_filters(api, shirts):
    assert len(titles(api, "")) == 3
    assert len(api.get(URL).json()["results"]) == 3
    assert api.get(SUGGEST).json() == {"products": [], "categories": [], "queries": []}


def test_search_filters_orders_and_pages_as_the_list_does(api):
    for price in (100, 300, 200):
        ProductFactory(title=f"Áo {price}", min_price_amount=price, max_price_amount=price)

    assert titles(api, "ao", more="&ordering=price&max_price=200") == ["Áo 100", "Áo 200"]
    first = api.get(f"{URL}?q=ao&ordering=price&limit=2").json()
    second = api.get(first["next"]).json()
    assert [row["title"] for row in second["results"]] == ["Áo 300"]
    assert api.get(f"{URL}?q=ao&ordering=magic").status_code == 400


def test_facets_count_what_was_found(api, django_assert_num_queries):
    shirts, brand = CategoryFactory(), BrandFactory()
    for price, rating, colour in (
        (100_000, "4.5", "đỏ"),
        (200_000, "3", "đỏ"),
        (400_000, "0", "xanh"),
    ):
        ProductFactory(
            title="Áo",
            category=shirts,
            brand=brand if price > 100_000 else None,
            min_price_amount=price,
            max_price_amount=price,
            average_rating=rating,
            attributes={"màu": colour},
        )
    ProductFactory(title="Quần")

    # Ranking, cards and facets.
    with django_assert_num_queries(1):
        body = api.get(f"{URL}?q=ao").json()

    link = {"id": str(shirts.id), "name": shirts.name, "slug": shirts.slug, "count": 3}
    assert body["facets"] == {
        "categories": [link],
        "brands": [{"id": str(brand.id), "name": brand.name, "slug": brand.slug, "count": 2}],
        "price_ranges": [
            {"min_price": "100000", "max_price": "199999", "count": 1},
            {"min_price": "200000", "max_price": "399999", "count": 1},
            {"min_price": "400000", "max_price": "400000", "count": 1},
        ],
        "ratings": [
            {"min_rating": 4, "count": 1},
            {"min_rating": 3, "count": 2},
            {"min_rating": 2, "count": 2},
            {"min_rating": 1, "count": 2},
        ],
        "attributes": [
            {"name": "màu", "values": [{"value": "đỏ", "count": 2}, {"value": "xanh", "count": 1}]}
        ],
    }
    assert body["did_you_mean"] is None


def test_a_price_range_sent_back_as_filters_finds_its_count(api):
    for price in (0, 1, 1, 7, 15, 99, 100, 101, 12_345, 999_999):
        ProductFactory(title="Áo", min_price_amount=price, max_price_amount=price)

    ranges = api.get(f"{URL}?q=ao").json()["facets"]["price_ranges"]

    assert sum(row["count"] for row in ranges) == 10
    for row in ranges:
        query = f"&min_price={row['min_price']}&max_price={row['max_price']}"
        assert len(titles(api, "ao", more=query)) == row["count"]


def test_suggestions_are_products_and_categories(api, django_assert_num_queries):
    ProductFactory.create_batch(7, category=CategoryFactory(name="Áo thun nam"))
    CategoryFactory(name="Áo ẩn", is_active=False)

    with django_assert_num_queries(1):
        body = api.get(f"{SUGGEST}?q=ao t").json()

    assert len(body["products"]) == 5
    assert [row["name"] for row in body["categories"]] == ["Áo thun nam"]
    assert body["queries"] == []
