import uuid

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from notifications.models import Notification
from notifications.tests.factories import NotificationFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/notifications"


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(api_as, user):
    return api_as(user)


def ids(response):
    return [row["id"] for row in response.json()["results"]]


def test_list_shows_ones_own_newest_first(client, user):
    first, second = NotificationFactory(user=user), NotificationFactory(user=user)
    NotificationFactory()

    response = client.get(URL)

    assert ids(response) == [str(second.pk), str(first.pk)]
    row = response.json()["results"][1]
    assert row == {
        "id": str(first.pk),
        "type": "order_shipped",
        "title": "Đơn hàng đang được giao",
        "body": "Đơn hàng ORD-1 đang trên đường đến bạn.",
        "data": {"order_number": "ORD-1"},
        "read_at": None,
        "created_at": row["created_at"],
    }


def test_list_of_unread_ones(client, user):
    unread = NotificationFactory(user=user)
    read = NotificationFactory(user=user, read_at=timezone.now())

    assert ids(client.get(URL + "?unread=true")) == [str(unread.pk)]
    assert ids(client.get(URL + "?unread=false")) == [str(read.pk)]
    assert client.get(URL + "?unread=maybe").status_code == 400


def test_list_is_paged_by_cursor(client, user):
    NotificationFactory.create_batch(5, user=user)

    first = client.get(URL + "?limit=2&unread=true")
    second = client.get(first.json()["next"])
    third = client.get(second.json()["next"])

    seen = ids(first) + ids(second) + ids(third)
    assert [len(ids(page)) for page in (first, second, third)] == [2, 2, 1]
    assert seen == [
        str(pk) for pk in Notification.objects.order_by("-pk").values_list("pk", flat=True)
    ]
    assert third.json()["next"] is None
    assert client.get(URL + "?cursor=x").status_code == 400


@pytest.mark.parametrize("rows", [1, 20])
def test_list_takes_one_query(client, user, rows, django_assert_num_queries):
    NotificationFactory.create_batch(rows, user=user)

    with django_assert_num_queries(1):
        assert len(ids(client.get(URL))) == rows


def test_fields_keeps_only_what_is_asked_for(client, user):
    NotificationFactory(user=user)

    assert client.get(URL + "?fields=title").json()["results"] == [
        {"title": "Đơn hàng đang được giao"}
    ]


def test_unread_count_counts_ones_own(client, user, django_assert_num_queries):
    NotificationFactory.create_batch(2, user=user)
    NotificationFactory(user=user, read_at=timezone.now())
    NotificationFactory()

    with django_assert_num_queries(1):
        assert client.get(URL + "/unread-count").json() == {"count": 2}


def test_read_marks_one_and_again_changes_nothing(client, user):
    one, other = NotificationFactory(user=user), NotificationFactory(user=user)

    first = client.patch(f"{URL}/{one.pk}/read")
    second = client.patch(f"{URL}/{one.pk}/read")

    assert first.status_code == 200
    assert first.json()["read_at"] is not None
    assert first.json() == second.json()
    other.refresh_from_db()
    assert other.read_at is None


def test_read_of_anybody_elses_is_404(client):
    theirs = NotificationFactory()

    for pk in (theirs.pk, uuid.uuid4(), "no-id"):
        response = client.patch(f"{URL}/{pk}/read")
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "not_found"

    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_read_all_marks_ones_own(client, user):
    earlier = timezone.now()
    NotificationFactory.create_batch(2, user=user)
    before = NotificationFactory(user=user, read_at=earlier)
    theirs = NotificationFactory()

    assert client.post(URL + "/read-all").json() == {"marked": 2}
    assert client.post(URL + "/read-all").json() == {"marked": 0}

    assert Notification.objects.of(user).unread().count() == 0
    before.refresh_from_db()
    theirs.refresh_from_db()
    assert (before.read_at, theirs.read_at) == (earlier, None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("get", "/unread-count"),
        ("post", "/read-all"),
        ("patch", "/2fd0ac43-9b90-4ffe-aeb5-b05c50a5149c/read"),
    ],
)
def test_guests_are_401(api, method, path):
    response = getattr(api, method)(URL + path)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"


def test_methods_that_are_not_there_are_405(client, user):
    one = NotificationFactory(user=user)

    assert client.post(URL, {}).status_code == 405
    assert client.get(f"{URL}/{one.pk}/read").status_code == 405
