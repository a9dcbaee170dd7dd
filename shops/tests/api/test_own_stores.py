"""The seller's store locations: /seller/stores."""

import pytest

from marketplace.common.ids import uuid7
from shops.constants import ShopStatus
from shops.models import StoreLocation
from shops.tests.factories import ShopFactory, StoreLocationFactory

URL = "/api/v1/seller/stores"
STORE = {
    "name": "Cửa hàng",
    "address": "1 Tràng Tiền, Hà Nội",
    "phone_number": "0912345678",
    "opening_hours": {"mon": [{"opens": "08:00", "closes": "21:30"}], "holiday": "?"},
    "latitude": 21.0245,
    "longitude": 105.8552,
}


@pytest.fixture
def seller(api_as):
    shop = ShopFactory(status=ShopStatus.PENDING)
    client = api_as(shop.owner)
    client.shop = shop
    return client


@pytest.mark.django_db
def test_location_is_added_to_the_own_shop(seller):
    response = seller.post(URL, {**STORE, "shop": str(ShopFactory().pk)})

    assert response.status_code == 201, response.json()
    location = StoreLocation.objects.get()
    assert location.shop == seller.shop
    body = response.json()
    assert body["id"] == str(location.pk)
    assert body["phone_number"] == "+84912345678"
    assert body["opening_hours"] == {"mon": [{"opens": "08:00", "closes": "21:30"}]}
    assert (body["latitude"], body["longitude"], body["is_active"]) == (21.0245, 105.8552, True)
    assert seller.get(f"{URL}/{location.pk}").json() == body


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 5])
def test_list_takes_two_queries_and_holds_only_own_locations(
    seller, count, django_assert_num_queries
):
    StoreLocationFactory()
    StoreLocationFactory.create_batch(count, shop=seller.shop)

    with django_assert_num_queries(2):
        assert len(seller.get(URL).json()["results"]) == count


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"address": "x" * 501}, "address"),
        ({"phone_number": "phone"}, "phone_number"),
        ({"latitude": 90.5}, "latitude"),
        ({"latitude": "21"}, "latitude"),
        ({"latitude": True}, "latitude"),
        ({"longitude": None}, "longitude"),
        ({"longitude": 1e300}, "longitude"),
        ({"opening_hours": []}, "opening_hours"),
        ({"opening_hours": {"mon": "always"}}, "opening_hours.mon"),
        (
            {"opening_hours": {"tue": [{"opens": "25:00", "closes": "26:00"}]}},
            "opening_hours.tue.0.opens",
        ),
        (
            {"opening_hours": {"tue": [{"opens": "10:00", "closes": "09:00"}]}},
            "opening_hours.tue.0.closes",
        ),
        (
            {"opening_hours": {"tue": [{"opens": "10:00", "closes": "11:00"}] * 4}},
            "opening_hours.tue",
        ),
        ({"is_active": "maybe"}, "is_active"),
    ],
)
def test_bad_location_names_the_field_and_changes_nothing(seller, changes, field):
    location = StoreLocationFactory(shop=seller.shop)

    created = seller.post(URL, {**STORE, **changes})
    changed = seller.patch(f"{URL}/{location.pk}", changes)

    for response in (created, changed):
        assert response.status_code == 400, response.json()
        assert field in {row["field"] for row in response.json()["error"]["details"]}
    assert StoreLocation.objects.count() == 1
    assert StoreLocation.objects.get().updated_at == location.updated_at


@pytest.mark.django_db
def test_patch_changes_only_what_it_names(seller):
    location = StoreLocationFactory(shop=seller.shop, name="Cũ")

    response = seller.patch(f"{URL}/{location.pk}", {"is_active": False})

    assert response.status_code == 200
    location.refresh_from_db()
    assert (location.name, location.is_active) == ("Cũ", False)


@pytest.mark.django_db
def test_put_needs_the_whole_location(seller):
    location = StoreLocationFactory(shop=seller.shop)

    assert seller.put(f"{URL}/{location.pk}", {"name": "Mới"}).status_code == 400
    assert seller.put(f"{URL}/{location.pk}", STORE).json()["name"] == "Cửa hàng"


@pytest.mark.django_db
def test_deleted_location_is_archived_and_gone(seller, api):
    location = StoreLocationFactory(shop=seller.shop)

    assert seller.delete(f"{URL}/{location.pk}").status_code == 204

    location.refresh_from_db()
    assert location.archived_at is not None
    assert seller.get(f"{URL}/{location.pk}").status_code == 404
    assert seller.delete(f"{URL}/{location.pk}").status_code == 404
    assert seller.patch(f"{URL}/{location.pk}", {"name": "x"}).status_code == 404
    assert seller.get(URL).json()["results"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_foreign_and_unknown_locations_are_404(seller, method):
    foreign = StoreLocationFactory()

    for pk in (foreign.pk, uuid7()):
        assert getattr(seller, method)(f"{URL}/{pk}", STORE).status_code == 404

    foreign.refresh_from_db()
    assert foreign.archived_at is None
    assert foreign.name != STORE["name"]


@pytest.mark.django_db
def test_path_that_is_no_id_is_404(seller):
    assert seller.get(f"{URL}/nonsense").status_code == 404


@pytest.mark.django_db
def test_suspended_shop_reads_and_does_not_write(api_as):
    shop = ShopFactory(status=ShopStatus.SUSPENDED)
    location = StoreLocationFactory(shop=shop)
    client = api_as(shop.owner)

    assert client.get(URL).status_code == 200
    for response in (
        client.post(URL, STORE),
        client.put(f"{URL}/{location.pk}", STORE),
        client.patch(f"{URL}/{location.pk}", {"name": "x"}),
        client.delete(f"{URL}/{location.pk}"),
    ):
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "shop_not_active"
    location.refresh_from_db()
    assert location.archived_at is None
