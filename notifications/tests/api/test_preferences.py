import pytest
from django.utils import timezone

from accounts.tests.factories import StaffFactory, UserFactory
from marketplace.common.testing import run_in_parallel
from notifications.constants import Audience, DeliveryChannel, Digest, NotificationType
from notifications.kinds import KINDS
from notifications.models import MailChoice, Preference
from notifications.services.preferences import Choice, set_preferences

pytestmark = pytest.mark.django_db

URL = "/api/v1/notifications/preferences"
STAFF_TYPES = {
    "shop_submitted",
    "product_submitted",
    "review_reported",
    "question_reported",
    "sms_cap_reached",
    "dispute_to_decide",
}


@pytest.fixture
def user():
    return UserFactory(email_verified_at=timezone.now())


@pytest.fixture
def client(api_as, user):
    return api_as(user)


def by_type(response):
    return {row["type"]: row for row in response.json()["preferences"]}


def test_every_type_is_listed_with_its_ways(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        response = client.get(URL)

    assert response.status_code == 200
    assert response.json()["digest"] == "none"
    rows = by_type(response)
    assert set(rows) == {str(kind) for kind in KINDS} - STAFF_TYPES
    assert rows["order_placed"] == {
        "type": "order_placed",
        "title": "Đặt hàng thành công",
        "audience": "buyer",
        "channels": ["email", "live"],
        "allowed_channels": ["email", "live", "sms"],
        "is_locked": False,
    }
    assert rows["password_changed"]["is_locked"]
    assert {name for name, row in rows.items() if row["is_locked"]} == {
        str(name) for name, kind in KINDS.items() if kind.is_security
    }


def test_staff_see_their_types_too(api_as):
    assert set(by_type(api_as(StaffFactory()).get(URL))) == {str(kind) for kind in KINDS}


def test_what_is_named_is_set_and_the_rest_stays(client, user):
    client.put(URL, {"preferences": [{"type": "order_packed", "channels": ["email"]}]})

    response = client.put(
        URL,
        {"digest": "daily", "preferences": [{"type": "order_placed", "channels": []}]},
    )

    assert response.status_code == 200
    assert response.json() == client.get(URL).json()
    rows = by_type(response)
    assert rows["order_placed"]["channels"] == []
    assert rows["order_packed"]["channels"] == ["email"]
    assert rows["order_shipped"]["channels"] == ["email", "live", "sms"]
    assert response.json()["digest"] == "daily"
    assert client.put(URL, {}).json() == response.json()
    assert client.put(URL, {"digest": "none"}).json()["digest"] == "none"
    assert MailChoice.objects.filter(user=user).count() == 1


def test_answer_can_be_sent_back(client):
    listed = client.get(URL).json()

    body = {
        "digest": listed["digest"],
        "preferences": [
            {"type": row["type"], "channels": row["channels"]} for row in listed["preferences"]
        ],
    }

    assert client.put(URL, body).json() == listed


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ({"type": "password_changed", "channels": []}, "preferences.1.channels", "locked"),
        ({"type": "sign_in_ended", "channels": ["email"]}, "preferences.1.channels", "locked"),
        ({"type": "order_packed", "channels": ["sms"]}, "preferences.1.channels", "invalid"),
        ({"type": "shop_submitted", "channels": []}, "preferences.1.type", "invalid"),
        ({"type": "nope", "channels": []}, "preferences.1.type", "invalid_choice"),
        ({"type": "order_packed", "channels": ["fax"]}, "preferences.1.channels.0", None),
        ({"type": "order_packed"}, "preferences.1.channels", "required"),
        ({"type": "order_placed", "channels": []}, "preferences", "invalid"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(client, row, field, code):
    response = client.put(
        URL, {"digest": "daily", "preferences": [{"type": "order_placed", "channels": []}, row]}
    )

    assert response.status_code == 400, response.content
    (detail,) = response.json()["error"]["details"]
    assert detail["field"] == field
    assert code in {None, detail["code"]}
    assert not Preference.objects.exists()
    assert not MailChoice.objects.exists()


def test_security_message_says_why_it_stays(client):
    response = client.put(
        URL, {"preferences": [{"type": "password_changed", "channels": ["email"]}]}
    )

    (detail,) = response.json()["error"]["details"]
    assert detail["message"] == (
        "password_changed is a security message, which cannot be switched off."
    )


@pytest.mark.django_db(transaction=True)
def test_two_forms_sent_at_once_end_as_one_of_them(user):
    types = [
        kind
        for kind, its in KINDS.items()
        if not its.is_security and its.audience != Audience.STAFF
    ]

    def send(number: int) -> None:
        channels = frozenset({DeliveryChannel.EMAIL}) if number % 2 else frozenset()
        order = types if number % 3 else types[::-1]
        choices = [Choice(NotificationType(kind), channels) for kind in order]
        for _ in range(20):
            set_preferences(user, choices=choices, digest=Digest.DAILY)

    # In as many orders as there are forms, they would wait for each other in a circle.
    assert run_in_parallel(send, arguments=range(6)) == [None] * 6

    assert Preference.objects.count() == len(types)
    assert len({tuple(row.channels) for row in Preference.objects.all()}) == 1
    assert MailChoice.objects.count() == 1


def test_preferences_are_in_the_export(client):
    client.put(URL, {"preferences": [{"type": "order_packed", "channels": ["email"]}]})

    response = client.get("/api/v1/profile/export")

    assert response.json()["notification_preferences"] == {
        "digest": "none",
        "preferences": [{"type": "order_packed", "channels": ["email"]}],
    }
