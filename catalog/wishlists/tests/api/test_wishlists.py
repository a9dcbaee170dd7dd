"""Wishlists over HTTP."""

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from catalog.constants import ProductStatus
from catalog.tests.factories import VariantFactory
from catalog.wishlists.models import Wishlist, WishlistItem
from catalog.wishlists.tests.factories import WishFactory, WishlistFactory
from marketplace.common.ids import uuid7
from shops.constants import ShopStatus

pytestmark = pytest.mark.django_db

URL = "/api/v1/wishlists"


@pytest.fixture
def user():
    return UserFactory(full_name="Nguyễn Thị Bình", language="vi")


@pytest.fixture
def client(api_as, user):
    return api_as(user)


def details(response):
    assert response.status_code == 400, response.content
    return {row["field"]: row["code"] for row in response.json()["error"]["details"]}


def refusal(response):
    return response.status_code, response.json()["error"]["code"]


def test_first_list_is_the_default(client):
    first = client.post(URL, {"name": "Sinh nhật"})
    second = client.post(URL, {"name": "Tết"})
    third = client.post(URL, {"name": "Nhà mới", "is_default": True})

    assert [r.status_code for r in (first, second, third)] == [201] * 3
    assert [r.json()["is_default"] for r in (first, second, third)] == [True, False, True]
    rows = client.get(URL).json()["results"]
    assert [(row["name"], row["is_default"]) for row in rows] == [
        ("Nhà mới", True),
        ("Tết", False),
        ("Sinh nhật", False),
    ]
    assert {key: first.json()[key] for key in ("item_count", "share_token")} == {
        "item_count": 0,
        "share_token": None,
    }


def test_name_is_taken_whatever_its_case(client, user):
    WishlistFactory(user=user, name="Quà")
    other = WishlistFactory(user=user)
    WishlistFactory(name="Tết")

    assert refusal(client.post(URL, {"name": "QUÀ"})) == (409, "wishlist_name_taken")
    assert refusal(client.patch(f"{URL}/{other.pk}", {"name": "quà"})) == (
        409,
        "wishlist_name_taken",
    )
    assert client.patch(f"{URL}/{other.pk}", {"name": "Tết"}).json()["name"] == "Tết"


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\nb", None, 5])
def test_name_that_makes_no_sense_is_refused(client, name):
    assert details(client.post(URL, {"name": name})).keys() == {"name"}
    assert Wishlist.objects.count() == 0


def test_limit_of_lists_is_a_conflict(client, user):
    WishlistFactory.create_batch(50, user=user)

    assert refusal(client.post(URL, {"name": "Thêm"})) == (409, "too_many_wishlists")


def test_item_is_a_product_or_a_variant(client, user):
    wishlist, variant = WishlistFactory(user=user), VariantFactory()
    url = f"{URL}/{wishlist.pk}/items"

    added = client.post(url, {"product_id": str(variant.product_id), "note": "Cho mẹ"})
    again = client.post(url, {"product_id": str(variant.product_id)})
    chosen = client.post(url, {"variant_id": str(variant.pk)})

    assert [r.status_code for r in (added, again, chosen)] == [201, 200, 201]
    assert added.json() == again.json()
    item = WishlistItem.objects.get(variant=None)
    assert added.json() == {
        "id": str(item.pk),
        "product": {
            "id": str(variant.product_id),
            "slug": variant.product.slug,
            "title": variant.product.title,
            "thumbnail_url": None,
        },
        "variant": None,
        "price": "100000",
        "currency": "VND",
        "is_available": True,
        "price_when_added": "100000",
        "note": "Cho mẹ",
        "created_at": item.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": item.updated_at.isoformat().replace("+00:00", "Z"),
    }
    assert chosen.json()["variant"] == {"id": str(variant.pk), "sku": variant.sku, "name": "M"}
    assert client.get(url).json()["results"] == [chosen.json(), added.json()]
    assert client.get(f"{URL}/{wishlist.pk}").json()["item_count"] == 2


def test_heart_makes_the_default_list(client, user):
    variant = VariantFactory()

    response = client.post(f"{URL}/default/items", {"product_id": str(variant.product_id)})

    assert response.status_code == 201
    wishlist = Wishlist.objects.get(user=user)
    assert (wishlist.name, wishlist.is_default, wishlist.item_count) == ("Yêu thích", True, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "product_id"),
        ({"product_id": "x"}, "product_id"),
        ({"product_id": str(uuid7())}, "product_id"),
        ({"variant_id": str(uuid7())}, "variant_id"),
        ({"product_id": None}, "product_id"),
    ],
)
def test_what_is_no_goods_is_refused(client, user, body, field):
    wishlist = WishlistFactory(user=user)

    assert details(client.post(f"{URL}/{wishlist.pk}/items", body)).keys() == {field}
    assert WishlistItem.objects.count() == 0


def test_goods_that_nobody_sees_cannot_be_wished_for(client, user):
    url = f"{URL}/{WishlistFactory(user=user).pk}/items"
    hidden = VariantFactory(product__status=ProductStatus.DRAFT)
    other = VariantFactory()

    assert details(client.post(url, {"product_id": str(hidden.product_id)}))
    assert details(client.post(url, {"variant_id": str(hidden.pk)}))
    both = {"variant_id": str(other.pk), "product_id": str(hidden.product_id)}
    assert details(client.post(url, both)) == {"variant_id": "does_not_exist"}


def test_item_moves_with_its_note(client, user):
    wish = WishFactory(wishlist__user=user, note="Đỏ")
    there = WishFactory(wishlist__user=user, product=wish.product)
    other = WishlistFactory(user=user)
    url = f"{URL}/{wish.wishlist_id}/items/{wish.pk}"

    moved = client.patch(url, {"wishlist_id": str(other.pk)})
    assert (moved.status_code, moved.json()["id"]) == (200, str(wish.pk))
    assert client.patch(url, {"note": "x"}).status_code == 404

    url = f"{URL}/{other.pk}/items/{wish.pk}"
    merged = client.patch(url, {"wishlist_id": str(there.wishlist_id)})
    assert (merged.json()["id"], merged.json()["note"]) == (str(there.pk), "Đỏ")
    assert list(WishlistItem.objects.all()) == [there]
    counts = Wishlist.objects.order_by("pk").values_list("item_count", flat=True)
    assert list(counts) == [0, 1, 0]


def test_item_does_not_move_to_a_list_of_somebody_else(client, user):
    wish, other = WishFactory(wishlist__user=user), WishlistFactory()

    response = client.patch(
        f"{URL}/{wish.wishlist_id}/items/{wish.pk}", {"wishlist_id": str(other.pk)}
    )

    assert details(response) == {"wishlist_id": "does_not_exist"}
    wish.refresh_from_db()
    assert wish.wishlist_id != other.pk


def test_lists_of_somebody_else_are_not_found(client):
    wish = WishFactory()
    url = f"{URL}/{wish.wishlist_id}"
    product = {"product_id": str(wish.product_id)}

    responses = [
        client.get(url),
        client.patch(url, {"name": "x"}),
        client.delete(url),
        client.post(f"{url}/share", {}),
        client.delete(f"{url}/share"),
        client.get(f"{url}/items"),
        client.post(f"{url}/items", product),
        client.patch(f"{url}/items/{wish.pk}", {"note": "x"}),
        client.delete(f"{url}/items/{wish.pk}"),
    ]

    assert {response.status_code for response in responses} == {404}
    assert client.get(URL).json()["results"] == []
    wish.wishlist.refresh_from_db()
    assert (wish.wishlist.item_count, wish.wishlist.share_token) == (1, None)


def test_shared_list_shows_no_more_than_it_should(client, api, user):
    wish = WishFactory(wishlist__user=user, wishlist__name="Sinh nhật", note="Bí mật")
    hidden = VariantFactory(product__status=ProductStatus.SUSPENDED).product
    WishFactory(wishlist=wish.wishlist, product=hidden)
    assert wish.wishlist.share_token is None

    token = client.post(f"{URL}/{wish.wishlist_id}/share", {}).json()["share_token"]
    response = api.get(f"{URL}/shared/{token}")

    assert len(token) == 43
    assert response["Cache-Control"] == "private, no-store"
    assert response.json() == {
        "name": "Sinh nhật",
        "owner_name": "Bình",
        "results": [
            {
                "id": str(wish.pk),
                "product": {
                    "id": str(wish.product_id),
                    "slug": wish.product.slug,
                    "title": wish.product.title,
                    "thumbnail_url": None,
                },
                "variant": None,
                "price": "100000",
                "currency": "VND",
                "is_available": True,
            }
        ],
        "next": None,
        "previous": None,
    }
    for secret in ("Nguyễn", "Bí mật", str(user.pk), user.phone_number):
        assert secret not in response.content.decode()


def test_link_stays_until_it_is_replaced_or_ended(client, api, user):
    url = f"{URL}/{WishlistFactory(user=user).pk}/share"

    def is_open(token):
        return api.get(f"{URL}/shared/{token}").status_code == 200

    first = client.post(url, {}).json()["share_token"]
    assert client.post(url, {}).json()["share_token"] == first
    assert is_open(first)

    second = client.post(url, {"rotate": True}).json()["share_token"]
    assert (is_open(first), is_open(second)) == (False, True)

    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 204
    assert not is_open(second)
    assert not is_open("None")


@pytest.mark.parametrize("column", ["suspended_at", "closed_at"])
def test_list_of_a_suspended_or_closed_account_is_not_shown(client, api, user, column):
    wishlist = WishlistFactory(user=user, share_token="t" * 43)
    setattr(user, column, timezone.now())
    user.save()

    assert api.get(f"{URL}/shared/{wishlist.share_token}").status_code == 404


@pytest.mark.parametrize("number", [1, 15])
def test_lists_take_fixed_statements(client, api, user, number, django_assert_num_queries):
    wishlist = WishlistFactory(user=user, share_token="t" * 43)
    WishlistFactory.create_batch(number, user=user)
    for _ in range(number):
        variant = VariantFactory()
        WishFactory(wishlist=wishlist, product=variant.product, variant=variant)

    with django_assert_num_queries(1):
        assert len(client.get(URL).json()["results"]) == number + 1
    with django_assert_num_queries(2):
        assert len(client.get(f"{URL}/{wishlist.pk}/items").json()["results"]) == number
    with django_assert_num_queries(2):
        assert len(api.get(f"{URL}/shared/{'t' * 43}").json()["results"]) == number


def test_what_is_gone_stays_on_the_list_as_unavailable(client, user):
    wishlist = WishlistFactory(user=user)
    sold_out, archived, closed = (
        VariantFactory(stock=0).product,
        VariantFactory(product__archived_at=timezone.now()).product,
        VariantFactory(product__shop__status=ShopStatus.SUSPENDED).product,
    )
    there = VariantFactory().product
    for product in (sold_out, archived, closed, there):
        WishFactory(wishlist=wishlist, product=product)

    rows = client.get(f"{URL}/{wishlist.pk}/items").json()["results"]

    assert [row["is_available"] for row in rows] == [True, False, False, False]


def test_pages_go_through_all_items(client, user):
    wishlist = WishlistFactory(user=user)
    WishFactory.create_batch(5, wishlist=wishlist)

    page = client.get(f"{URL}/{wishlist.pk}/items?limit=3").json()
    rest = client.get(page["next"]).json()

    assert (len(page["results"]), len(rest["results"]), rest["next"]) == (3, 2, None)


def test_export_holds_wishlists(client, user):
    wish = WishFactory(wishlist__user=user, note="Cho mẹ")
    WishFactory()

    rows = client.get("/api/v1/profile/export").json()["wishlists"]

    assert [(row["name"], row["items"][0]["note"]) for row in rows] == [
        (wish.wishlist.name, "Cho mẹ")
    ]
