"""A page of the public list is a range of an index, wherever it lies."""

import pytest
from django.db import connection

from catalog.models import Product
from catalog.tests.factories import BrandFactory, CategoryFactory
from shops.tests.factories import ShopFactory

URL = "/api/v1/products?limit=20"
INDEXES = {
    "newest": "product_newest",
    "price": "product_price",
    "-price": "product_price",
    "rating": "product_rating",
    "popular": "product_popular",
}


@pytest.fixture
def unsold():
    """Young shops: nothing sold or rated yet, so all but one ordering is one long tie."""
    shops, category = ShopFactory.create_batch(30), CategoryFactory()
    brands = BrandFactory.create_batch(40)
    Product.objects.bulk_create(
        Product(
            shop=shops[n % 30],
            category=category,
            brand=brands[n % 40],
            title=f"Áo {n}",
            slug=f"ao-{n}",
            status="active",
        )
        for n in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.django_db
@pytest.mark.usefixtures("unsold")
def test_a_page_inside_a_long_tie_is_an_index_range(api):
    for ordering, index in INDEXES.items():
        url = f"{URL}&ordering={ordering}"
        for _ in range(3):
            url = api.get(url).json()["next"]
        sent = []

        def keep(execute, sql, params, many, context, sent=sent):
            sent.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(keep):
            assert len(api.get(url).json()["results"]) == 20

        ((sql, params),) = sent
        scan = product_scan(sql, params)
        assert scan["Index Name"] == index
        assert scan["Index Cond"].startswith("(ROW(")
        # Believed to be empty, the page would be joined by hashing and sorted on a large catalogue.
        assert scan["Plan Rows"] > 500


def product_scan(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        nodes = [cursor.fetchone()[0][0]["Plan"]]
    while nodes[0].get("Relation Name") != "catalog_product":
        nodes = nodes[0].get("Plans", []) + nodes[1:]
    return nodes[0]
