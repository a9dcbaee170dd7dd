"""GET /shops and GET /shops/{id or slug}."""

from decimal import Decimal

import pytest

from shops.constants import ShopStatus
from shops.services.states import suspend_shop
from shops.tests.factories import ShopFactory

HIDDEN = [status for status in ShopStatus if status != ShopStatus.APPROVED]
PUBLIC_FIELDS = {
    "id",
    "name",
    "slug",
    "description",
    "logo_url",
    "banner_url",
    "average_rating",
    "review_count",
    "sold_count",
    "created_at",
    "holiday",
}


def names(response):
    assert response.status_code == 200, response.json()
    return [shop["name"] for shop in response.json()["results"]]


@pytest.mark.django_db
def test_list_holds_open_shops_newest_first_with_public_fields_only(api):
    for status in HIDDEN:
        ShopFactory(status=status)
    ShopFactory(name="Một")
    ShopFactory(name="Hai", bank_account_number="0123456789", contact_email="a@example.test")

    response = api.get("/api/v1/shops")

    assert names(response) == ["Hai", "Một"]
    assert set(response.json()["results"][0]) == PUBLIC_FIELDS
    assert "0123456789" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 5])
def test_list_takes_one_query(api, django_assert_num_queries, count):
    ShopFactory.create_batch(count)

    with django_assert_num_queries(1):
        api.get("/api/v1/shops")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ordering", "expected"),
    [("newest", ["c", "b", "a"]), ("rating", ["a", "c", "b"]), ("popular", ["b", "c", "a"])],
)
def test_orderings_page_through_every_shop_once(api, ordering, expected):
    ShopFactory(name="a", average_rating=Decimal("4.90"), sold_count=1)
    ShopFactory(name="b", average_rating=Decimal("3.10"), sold_count=9)
    ShopFactory(name="c", average_rating=Decimal("3.10"), sold_count=1)
    url, seen = f"/api/v1/shops?ordering={ordering}&limit=1", []

    while url:
        response = api.get(url)
        seen += names(response)
        url = response.json()["next"]

    assert seen == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("q", "found"),
    [("bánh", True), ("BÁNH", True), ("banh", True), ("tiem banh", True), ("phở", False)],
)
def test_name_filter_knows_vietnamese(api, q, found):
    ShopFactory(name="Tiệm Bánh Mì", slug="tiem-banh-mi")

    assert names(api.get("/api/v1/shops", {"q": q})) == (["Tiệm Bánh Mì"] if found else [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("ordering=cheapest", "ordering"),
        ("q=" + "x" * 101, "q"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=nonsense", "cursor"),
        ("fields=owner", "fields"),
    ],
)
def test_bad_query_names_the_field(api, query, field):
    ShopFactory()

    response = api.get(f"/api/v1/shops?{query}")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "validation_error"
    assert response.json()["error"]["details"][0]["field"].split(".")[0] == field


@pytest.mark.django_db
def test_cursor_of_another_ordering_is_refused(api):
    ShopFactory.create_batch(2)
    cursor = api.get("/api/v1/shops?limit=1").json()["next"].partition("cursor=")[2]

    assert api.get(f"/api/v1/shops?ordering=rating&limit=1&cursor={cursor}").status_code == 400


@pytest.mark.django_db
def test_detail_by_id_and_by_slug(api, django_assert_num_queries):
    shop = ShopFactory(average_rating=Decimal("4.50"))

    with django_assert_num_queries(1):
        by_id = api.get(f"/api/v1/shops/{shop.pk}")
    by_slug = api.get(f"/api/v1/shops/{shop.slug}")

    assert by_id.json() == by_slug.json()
    assert by_id.json()["average_rating"] == 4.5
    assert by_id.json()["logo_url"] is None


@pytest.mark.django_db
def test_detail_keeps_only_the_fields_asked_for(api):
    shop = ShopFactory()

    response = api.get(f"/api/v1/shops/{shop.pk}?fields=id,name")

    assert response.json() == {"id": str(shop.pk), "name": shop.name}


@pytest.mark.django_db
@pytest.mark.parametrize("status", HIDDEN)
def test_detail_of_a_shop_that_is_not_open_is_404(api, status):
    shop = ShopFactory(status=status)

    assert api.get(f"/api/v1/shops/{shop.pk}").status_code == 404
    assert api.get(f"/api/v1/shops/{shop.slug}").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lookup", ["nobody", "01a1fc2b-bb51-7144-9be9-0497ab36935c", "%F0%9F%90%99", "x" * 500]
)
def test_detail_of_an_unknown_shop_is_404(api, lookup):
    assert api.get(f"/api/v1/shops/{lookup}").status_code == 404


@pytest.mark.django_db
def test_suspended_shop_is_gone_at_once(api):
    shop = ShopFactory()
    assert names(api.get("/api/v1/shops")) == [shop.name]

    suspend_shop(shop.pk, actor=None, reason="Hàng giả")

    assert names(api.get("/api/v1/shops")) == []
    assert api.get(f"/api/v1/shops/{shop.slug}").status_code == 404


@pytest.mark.django_db
def test_unchanged_answer_is_304(api):
    ShopFactory()
    first = api.get("/api/v1/shops")

    again = api.get("/api/v1/shops", headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 304
    assert "max-age=5" in first["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_public_pages_are_read_only(api, method):
    assert getattr(api, method)("/api/v1/shops").status_code == 405
