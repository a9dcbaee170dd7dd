import pytest

from accounts.constants import MAX_ADDRESSES
from accounts.models import Address
from accounts.tests.factories import AddressFactory, UserFactory

pytestmark = pytest.mark.django_db
ADDRESSES = "/api/v1/profile/addresses"
UNKNOWN = "01890000-0000-7000-8000-000000000000"


def body(**changes):
    return {
        "recipient_name": "Trần Thị Bích",
        "phone_number": "0912345678",
        "line1": "12 Nguyễn Huệ",
        "ward": "Bến Nghé",
        "district": "Quận 1",
        "province": "Hồ Chí Minh",
        **changes,
    }


def test_create_answers_every_field_of_the_contract(api_as, user):
    response = api_as(user).post(
        ADDRESSES, body(country="vn", latitude=10.774, longitude=106.7036, postal_code="700000")
    )

    address = Address.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": str(address.pk),
        "kind": "shipping",
        "recipient_name": "Trần Thị Bích",
        "phone_number": "+84912345678",
        "line1": "12 Nguyễn Huệ",
        "line2": "",
        "ward": "Bến Nghé",
        "district": "Quận 1",
        "province": "Hồ Chí Minh",
        "postal_code": "700000",
        "country": "VN",
        "latitude": 10.774,
        "longitude": 106.7036,
        "is_default": True,
    }
    assert address.user == user


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "home"}, "kind"),
        ({"recipient_name": ""}, "recipient_name"),
        ({"recipient_name": 5}, "recipient_name"),
        ({"phone_number": "abc"}, "phone_number"),
        ({"phone_number": ""}, "phone_number"),
        ({"line1": "x" * 256}, "line1"),
        ({"province": None}, "province"),
        ({"country": "XX"}, "country"),
        ({"country": "VNM"}, "country"),
        ({"latitude": 91, "longitude": 1}, "latitude"),
        ({"latitude": 1}, "longitude"),
        ({"longitude": "east", "latitude": 1}, "longitude"),
        ({"is_default": "maybe"}, "is_default"),
    ],
)
def test_wrong_input_is_refused_and_changes_nothing(api_as, user, changes, field):
    response = api_as(user).post(ADDRESSES, body(**changes))

    assert response.status_code == 400
    assert [row["field"] for row in response.json()["error"]["details"]] == [field]
    assert not Address.objects.exists()


def test_list_is_paginated_and_takes_a_constant_number_of_queries(
    api_as, user, django_assert_num_queries
):
    AddressFactory.create_batch(25, user=user)
    AddressFactory.create_batch(3)
    client = api_as(user)

    with django_assert_num_queries(1):
        first = client.get(ADDRESSES).json()
    second = client.get(first["next"]).json()

    assert (len(first["results"]), len(second["results"])) == (20, 5)
    assert second["next"] is None
    with django_assert_num_queries(1):
        client.get(ADDRESSES, {"limit": 2})
    assert client.get(ADDRESSES, {"cursor": "nonsense"}).status_code == 400


@pytest.mark.parametrize("foreign", [True, False], ids=["foreign", "unknown"])
@pytest.mark.parametrize(
    ("method", "suffix"),
    [("get", ""), ("put", ""), ("patch", ""), ("delete", ""), ("post", "/default")],
)
def test_addresses_of_others_are_not_found(api_as, user, foreign, method, suffix):
    theirs = AddressFactory()
    url = f"{ADDRESSES}/{theirs.pk if foreign else UNKNOWN}{suffix}"

    response = getattr(api_as(user), method)(url, body(line1="changed"))

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    theirs.refresh_from_db()
    assert (theirs.line1, theirs.archived_at, theirs.is_default) == ("12 Nguyễn Huệ", None, False)


def test_an_id_that_is_none_is_not_found(api_as, user):
    assert api_as(user).get(f"{ADDRESSES}/1").status_code == 404


def test_update_and_partial_update(api_as, user):
    address = AddressFactory(user=user, ward="Old")
    client = api_as(user)

    patched = client.patch(f"{ADDRESSES}/{address.pk}", {"line1": "1 Lê Lợi"})
    assert patched.json()["line1"] == "1 Lê Lợi"
    assert patched.json()["ward"] == "Old"

    replaced = client.put(f"{ADDRESSES}/{address.pk}", body(ward=""))
    assert replaced.json()["line1"] == "12 Nguyễn Huệ"
    assert replaced.json()["ward"] == ""
    assert client.put(f"{ADDRESSES}/{address.pk}", {"line1": "x"}).status_code == 400


def test_update_cannot_give_an_address_away(api_as, user):
    address = AddressFactory(user=user)

    api_as(user).patch(f"{ADDRESSES}/{address.pk}", {"user": str(UserFactory().pk), "id": UNKNOWN})

    address.refresh_from_db()
    assert address.user == user


def test_there_is_one_default_per_kind(api_as, user):
    client = api_as(user)
    first, second = (client.post(ADDRESSES, body()).json() for _ in range(2))
    billing = client.post(ADDRESSES, body(kind="billing")).json()
    assert [a["is_default"] for a in (first, second, billing)] == [True, False, True]

    made = client.post(f"{ADDRESSES}/{second['id']}/default")

    assert made.status_code == 200
    assert made.json()["is_default"] is True
    defaults = Address.objects.filter(is_default=True).values_list("pk", flat=True)
    assert {str(pk) for pk in defaults} == {second["id"], billing["id"]}

    third = client.post(ADDRESSES, body(is_default=True)).json()
    moved = client.patch(f"{ADDRESSES}/{billing['id']}", {"kind": "shipping"}).json()

    assert third["is_default"] is True
    assert moved["is_default"] is True
    assert Address.objects.filter(is_default=True).count() == 1


def test_a_deleted_address_is_gone(api_as, user):
    client = api_as(user)
    address = client.post(ADDRESSES, body()).json()

    response = client.delete(f"{ADDRESSES}/{address['id']}")

    assert response.status_code == 204
    assert client.get(f"{ADDRESSES}/{address['id']}").status_code == 404
    assert client.delete(f"{ADDRESSES}/{address['id']}").status_code == 404
    assert client.get(ADDRESSES).json()["results"] == []
    assert client.post(ADDRESSES, body()).json()["is_default"] is True


def test_there_is_an_end_to_how_many(api_as, user):
    AddressFactory.create_batch(MAX_ADDRESSES, user=user)

    response = api_as(user).post(ADDRESSES, body())

    assert (response.status_code, response.json()["error"]["code"]) == (409, "limit_reached")
