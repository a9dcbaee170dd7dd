"""GET /stores."""

import math

import pytest
from django.utils import timezone

from shops.constants import ShopStatus
from shops.models import StoreLocation
from shops.tests.factories import ShopFactory, StoreLocationFactory

HOAN_KIEM = "21.0285,105.8542"


def names(response):
    assert response.status_code == 200, response.json()
    return [store["name"] for store in response.json()["results"]]


def place(name, latitude, longitude, **fields):
    """A location of the platform's own, unless `shop` is given."""
    return StoreLocationFactory(
        name=name, latitude=latitude, longitude=longitude, **{"shop": None, **fields}
    )


@pytest.mark.django_db
def test_nearest_come_first_with_their_distance(api):
    place("Sài Gòn", 10.7769, 106.7009)
    place("Hải Phòng", 20.8449, 106.6881)
    place("Tràng Tiền", 21.0245, 105.8552, shop=ShopFactory(name="Kem", slug="kem"))

    response = api.get(f"/api/v1/stores?near={HOAN_KIEM}&radius_km=200")

    assert names(response) == ["Tràng Tiền", "Hải Phòng"]
    near, far = response.json()["results"]
    assert near["shop"]["slug"] == "kem"
    assert near["distance_km"] == pytest.approx(0.457, abs=0.002)
    assert far["distance_km"] == pytest.approx(88.9, abs=0.2)
    assert far["shop"] is None
    assert (near["latitude"], near["longitude"]) == (21.0245, 105.8552)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 5])
def test_search_takes_one_query(api, django_assert_num_queries, count):
    for number in range(count):
        place(f"{number}", 21.0285, 105.8542, shop=ShopFactory())

    with django_assert_num_queries(1):
        assert len(names(api.get(f"/api/v1/stores?near={HOAN_KIEM}"))) == count


@pytest.mark.django_db
def test_pages_hold_every_store_once_also_at_the_same_distance(api):
    for number in range(4):
        place(f"twin {number}", 21.0385, 105.8542)
    place("farther", 21.0485, 105.8542)
    url, seen = f"/api/v1/stores?near={HOAN_KIEM}&limit=2", []

    while url:
        response = api.get(url)
        seen += names(response)
        url = response.json()["next"]

    assert seen == ["twin 0", "twin 1", "twin 2", "twin 3", "farther"]
    assert names(api.get(response.json()["previous"])) == ["twin 2", "twin 3"]


@pytest.mark.django_db
def test_radius_is_50_km_unless_given(api):
    place("49", 21.0285 + 49 / 111.195, 105.8542)
    place("51", 21.0285 + 51 / 111.195, 105.8542)

    assert names(api.get(f"/api/v1/stores?near={HOAN_KIEM}")) == ["49"]
    assert names(api.get(f"/api/v1/stores?near={HOAN_KIEM}&radius_km=60")) == ["49", "51"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("near", "latitude", "longitude"),
    [
        ("0,179.9", 0, -179.9),
        ("0,-179.9", 0, 179.9),
        ("89.9,0", 89.9, 180),
        ("-90,0", -89.95, 77),
        ("80,10", 80, 10.9),
    ],
)
def test_box_does_not_cut_at_the_date_line_or_the_poles(api, near, latitude, longitude):
    place("there", latitude, longitude)

    assert names(api.get(f"/api/v1/stores?near={near}")) == ["there"]


@pytest.mark.django_db
def test_search_agrees_with_plain_arithmetic_all_over_the_world(api):
    points = [(lat, lng) for lat in range(-84, 85, 12) for lng in range(-180, 181, 20)]
    StoreLocation.objects.bulk_create(
        StoreLocation(name=f"{lat},{lng}", address="-", latitude=lat, longitude=lng)
        for lat, lng in points
    )

    def distance(a, b):
        lat1, lng1, lat2, lng2 = map(math.radians, (*a, *b))
        cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(
            lng1 - lng2
        )
        return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))

    for near in [(0, 0), (50, 179), (-83, -175), (87, 3), (21, 105)]:
        expected = {f"{a},{b}" for a, b in points if distance(near, (a, b)) <= 1000}
        url = f"/api/v1/stores?near={near[0]},{near[1]}&radius_km=1000&limit=100"
        assert set(names(api.get(url))) == expected


@pytest.mark.django_db
def test_hidden_stores_are_not_found(api):
    place("inactive", 21.0285, 105.8542, is_active=False)
    place("archived", 21.0285, 105.8542, archived_at=timezone.now())
    for status in ShopStatus:
        place(status, 21.0285, 105.8542, shop=ShopFactory(status=status))

    assert names(api.get(f"/api/v1/stores?near={HOAN_KIEM}")) == ["approved"]
    assert names(api.get("/api/v1/stores")) == ["approved"]


@pytest.mark.django_db
def test_without_a_point_the_newest_come_first_without_distance(api):
    place("first", 21, 105)
    place("second", 10, 106)

    response = api.get("/api/v1/stores")

    assert names(response) == ["second", "first"]
    assert response.json()["results"][0]["distance_km"] is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("near=hanoi", "near"),
        ("near=21.0", "near"),
        ("near=21.0,105.8,3", "near"),
        ("near=91,0", "near"),
        ("near=0,181", "near"),
        ("near=nan,nan", "near"),
        ("near=1e5,0", "near"),
        ("near=" + "1" * 100 + ",0", "near"),
        ("near=21,105&radius_km=0", "radius_km"),
        ("near=21,105&radius_km=-1", "radius_km"),
        ("near=21,105&radius_km=1001", "radius_km"),
        ("near=21,105&radius_km=nan", "radius_km"),
        ("near=21,105&radius_km=inf", "radius_km"),
        ("near=21,105&radius_km=far", "radius_km"),
        ("radius_km=5", "near"),
        ("near=21,105&cursor=x", "cursor"),
    ],
)
def test_bad_query_names_the_field(api, query, field):
    response = api.get(f"/api/v1/stores?{query}")

    assert response.status_code == 400
    assert [row["field"] for row in response.json()["error"]["details"]] == [field]
