"""What PostgreSQL writes is what the serializers would: field by field, over varied rows."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.core.files.storage import InMemoryStorage
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request

from catalog.api.public import reads
from catalog.api.public.serializers import (
    FacetsSerializer,
    ImageSerializer,
    ProductCardSerializer,
    ProductDetailSerializer,
    ProductSearchSerializer,
    SuggestionsSerializer,
    VariantSerializer,
)
from catalog.models import Product, ProductImage, ProductVariant
from catalog.search.documents import index_products
from catalog.search.facets import (
    AttributeFacet,
    FacetLink,
    Facets,
    PriceRange,
    RatingFacet,
    facets_body,
)
from catalog.selectors import product_detail
from catalog.tests.factories import (
    BrandFactory,
    CategoryFactory,
    ProductFactory,
    VariantFactory,
)
from marketplace.common.api.renderers import JSONRenderer
from shops.models import Shop, ShopHoliday

pytestmark = pytest.mark.django_db
URL = "/api/v1/products"
ODD = 'Áo "thun" \\ nam\t100%\n\x01\x7f\u2028\U0001f600 </script> ; -- %s {x}'


@pytest.fixture(params=["VND", "USD"])
def catalogue(request, settings) -> list[Product]:
    settings.MARKETPLACE_CURRENCY = request.param
    settings.SITE_URL = "https://market.test/it's%20"
    root = CategoryFactory(name=ODD, slug="goc")
    leaf = CategoryFactory(parent=CategoryFactory(parent=root))
    hidden = CategoryFactory(parent=root, is_active=False)
    brands = [
        None,
        BrandFactory(name=ODD),
        BrandFactory(is_active=False),
        BrandFactory(archived_at=datetime.now(UTC)),
    ]
    for number in range(12):
        product = ProductFactory(
            title=ODD if number % 2 else "Áo",
            slug=f"p-{number}",
            brand=brands[number % 4],
            category=(leaf, root, CategoryFactory(parent=hidden))[number % 3],
            description=ODD * number,
            attributes={} if number % 3 else {"màu": ODD, "số": 1.5, "có": None, "nhiều": [1]},
            thumbnail=("", "products/a-b_1.webp", "products/ảnh (1)%'é.webp")[number % 3],
            average_rating=("0", "4.50", "3.33")[number % 3],
            review_count=number,
            sold_count=number * 7,
            is_on_sale=bool(number % 2),
            meta_title=ODD if number % 2 else "",
        )
        for variant in range(number % 4):
            VariantFactory(
                product=product,
                name=ODD,
                price_amount=(1, 99, 100, 123_456_789)[(number + variant) % 4],
                compare_at_price_amount=None if variant else 10**12,
                stock=variant,
                position=5 - variant,
                attributes={"cỡ": ODD},
            )
        if number == 7:
            ProductVariant.objects.filter(product=product).first().stock.delete()
        for image in range(number % 3):
            name = (f"products/{image}.webp", "products/ảnh đẹp+~!*().png")[image]
            ProductImage.objects.create(
                product=product,
                file=name,
                alt_text=ODD,
                position=2 - image,
                is_primary=not image,
                has_renditions=number > 5,
            )
    now = datetime.now(UTC)
    for number, (starts, ends) in enumerate([(-2, -1), (-1, 1), (1, 2)]):
        shops = Shop.objects.filter(products__slug=f"p-{number}")
        period = {"starts_at": now + timedelta(days=starts), "ends_at": now + timedelta(days=ends)}
        ShopHoliday.objects.create(shop=shops.get(), **period)
        shops.update(holiday_message=ODD, **{f"holiday_{name}": at for name, at in period.items()})
    whole_second = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    Product.objects.filter(slug__in=["p-3", "p-4"]).update(
        created_at=whole_second, compare_at_price_amount=199_999
    )
    return list(product_detail().order_by("-created_at", "-id"))


def rendered(serializer: type[Any], rows: Any, **query: str) -> Any:
    request = Request(RequestFactory().get(URL, query))
    many = not isinstance(rows, Product)
    data = serializer(rows, many=many, context={"request": request}).data
    return orjson.loads(JSONRenderer().render(data))


def test_list_is_what_the_serializer_renders(api, catalogue):
    body = api.get(URL, {"limit": 100}).json()

    assert body["results"] == rendered(ProductCardSerializer, catalogue)
    assert len(body["results"]) == 12


def test_names_come_in_the_documented_order(api, catalogue):
    item = api.get(URL).json()["results"][0]
    detail = api.get(f"{URL}/{catalogue[0].pk}").json()

    assert tuple(item) == ProductCardSerializer.Meta.fields
    assert tuple(detail) == ProductDetailSerializer.Meta.fields


def test_detail_and_its_parts_are_what_the_serializers_render(api, catalogue):
    for product in catalogue:
        url = f"{URL}/{product.slug}"

        assert api.get(url).json() == rendered(ProductDetailSerializer, product)
        assert api.get(f"{url}/variants").json() == rendered(
            VariantSerializer, product.variants.all()
        )
        assert api.get(f"{url}/images").json() == rendered(ImageSerializer, product.images.all())


@pytest.mark.parametrize("fields", ["id", "title,price", "brand, thumbnail_url", "created_at,shop"])
def test_fields_are_left_out_in_the_same_way(api, catalogue, fields):
    listed = api.get(URL, {"fields": fields, "limit": 100}).json()["results"]
    detail = api.get(f"{URL}/{catalogue[1].pk}", {"fields": fields}).json()

    assert listed == rendered(ProductCardSerializer, catalogue, fields=fields)
    assert detail == rendered(ProductDetailSerializer, catalogue[1], fields=fields)


@pytest.mark.parametrize("path", ["", "/p-1", "/p-1/variants", "/p-1/images"])
def test_unknown_field_is_refused_by_every_read(api, catalogue, path):
    response = api.get(f"{URL}{path}", {"fields": "id,cost"})

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == "fields"


@pytest.mark.parametrize("path", ["", "/p-1", "/p-1/variants", "/p-1/images"])
def test_read_is_one_statement_which_the_server_has_prepared(api, catalogue, path):
    api.get(f"{URL}{path}")
    with CaptureQueriesContext(connection) as captured:
        api.get(f"{URL}{path}")

    assert len(captured) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement ~ '^SELECT'")
        assert cursor.fetchone()[0] >= 1


@pytest.mark.parametrize("query", [{}, {"fields": "title,price"}])
def test_search_and_suggestions_are_what_the_serializers_render(api, catalogue, query):
    index_products([row.pk for row in catalogue])
    by_id = {str(row.pk): row for row in catalogue}
    ids = api.get(f"{URL}/search", {"q": "ao", "fields": "id", "limit": 100}).json()["results"]
    found = [by_id[row["id"]] for row in ids]

    searched = api.get(f"{URL}/search", {"q": "ao", "limit": 100, **query}).json()
    ordered = api.get(f"{URL}/search", {"q": "ao", "ordering": "popular", **query}).json()
    suggested = api.get(f"{URL}/suggest", {"q": "ao", **query}).json()

    popular = sorted(catalogue, key=lambda row: (-row.sold_count, str(row.pk)))
    assert len(found) == 12
    assert searched["results"] == rendered(ProductCardSerializer, found, **query)
    assert ordered["results"] == rendered(ProductCardSerializer, popular, **query)
    assert suggested["products"] == rendered(ProductCardSerializer, popular[:5], **query)
    assert suggested["categories"][0]["name"] == ODD
    assert set(searched) == set(ProductSearchSerializer().fields)
    assert set(suggested) == set(SuggestionsSerializer().fields)


def test_facets_are_what_the_serializer_renders(catalogue):
    link = FacetLink(str(catalogue[0].pk), ODD, "goc", 3)
    facets = Facets(
        [link], [], [PriceRange(0, 199, 2)], [RatingFacet(4, 1)], [AttributeFacet(ODD, [])]
    )

    assert orjson.loads(facets_body(facets)) == orjson.loads(
        JSONRenderer().render(FacetsSerializer(facets).data)
    )


def test_filters_that_differ_only_in_their_value_do_not_share_an_answer(api, catalogue):
    for price in (1, 99, 100, 123_456_789):
        text = f"{price}" if price < 1000 else "100000"
        found = api.get(URL, {"max_price": text, "limit": 100}).json()["results"]
        assert all(float(row["price"]) <= float(text) for row in found)


def test_statements_are_forgotten_beyond_the_limit(api, catalogue, monkeypatch):
    monkeypatch.setattr(reads, "MAX_STATEMENTS", 3)

    for name in ("id", "slug", "title", "price", "currency", "shop", "brand"):
        assert set(api.get(URL, {"fields": name}).json()["results"][0]) == {name}

    assert len(reads._statements) <= 3


def test_each_query_string_has_its_own_answer_though_others_are_remembered(api, catalogue):
    queries = [
        *("", "limit=2", "limit=3", "limit=02", "ordering=price", "ordering=-price"),
        *("in_stock=true", "in_stock=false", "in_stock=", "min_price=100", "min_price=1000"),
        *("attr.a=%C4%91", "attr.a=%C4%90", "fields=id", "fields=title", "fields=id&fields=title"),
        *("ordering=price&ordering=rating", "ordering=rating&ordering=price", "limit=0"),
    ]
    alone = []
    for query in queries:
        reads._plans.clear()
        alone.append(api.get(f"{URL}?{query}").content)

    for _ in range(2):
        found = [api.get(f"{URL}?{query}").content for query in queries]

        assert [without_id(body) for body in found] == [without_id(body) for body in alone]
    assert len(reads._plans) == len(queries) - 1  # all but the refusal


def without_id(body: bytes) -> bytes:
    return re.sub(rb'"request_id":"[^"]*"', b"", body)


def test_what_depends_on_more_than_the_query_string_is_not_remembered_by_it(
    api, catalogue, settings
):
    reads._plans.clear()
    brand = BrandFactory()
    api.get(URL, {"limit": 1, "brand": brand.slug})
    api.get(api.get(URL, {"limit": 1, "fields": "currency"}).json()["next"])
    settings.MARKETPLACE_CURRENCY = "JPY"
    yen = api.get(URL, {"limit": 1, "fields": "currency"}).json()["results"]

    assert {key[0] for key in reads._plans} == {"limit=1&fields=currency"}
    assert yen == [{"currency": "JPY"}]


def test_plans_are_forgotten_beyond_the_limit_and_long_queries_at_once(api, catalogue, monkeypatch):
    reads._plans.clear()
    monkeypatch.setattr(reads, "MAX_PLANS", 3)

    for number in range(5):
        assert api.get(URL, {"x": number, "fields": "id"}).status_code == 200
        assert api.get(URL, {"x": "y" * 300, "n": number, "fields": "id"}).status_code == 200

    assert {key[0] for key in reads._plans} == {"x=3&fields=id", "x=4&fields=id"}


def test_storage_that_signs_its_urls_is_asked_for_each(api, catalogue, monkeypatch):
    monkeypatch.setattr(
        InMemoryStorage, "url", lambda self, name: f"https://s3.test/{name}?signature=1"
    )
    storage = InMemoryStorage()
    monkeypatch.setattr("marketplace.common.api.sql_json.storages", {"default": storage})
    monkeypatch.setattr("marketplace.common.api.fields.default_storage", storage)
    product = next(row for row in catalogue if row.thumbnail == "products/a-b_1.webp")

    listed = api.get(URL, {"limit": 100}).json()["results"]
    detail = api.get(f"{URL}/{product.pk}").json()

    signed = "https://s3.test/products/a-b_1.webp?signature=1"
    assert signed in {row["thumbnail_url"] for row in listed}
    assert detail["thumbnail_url"] == signed
