import pytest
from django.test import Client

from accounts.tests.factories import StaffFactory
from notifications.tests.factories import NotificationFactory

pytestmark = pytest.mark.django_db


def test_notifications_can_be_found_but_not_changed(django_assert_max_num_queries):
    client = Client()
    client.force_login(StaffFactory())
    one, *_ = NotificationFactory.create_batch(5)
    url = "/admin/notifications/notification/"

    with django_assert_max_num_queries(8):
        assert client.get(url + "?type=order_shipped").status_code == 200
    found = client.get(url, {"q": one.user.email}).context["cl"].result_list

    assert list(found) == [one]
    assert client.get(f"{url}{one.pk}/change/").status_code == 200
    assert client.post(f"{url}{one.pk}/change/", {"title": "x"}).status_code == 403
