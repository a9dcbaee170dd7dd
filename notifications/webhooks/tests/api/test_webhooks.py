"""Endpoints over the API, as sellers and staff keep them."""

import pytest

from accounts.tests.factories import StaffFactory, UserFactory
from marketplace.common.errors import NotFound
from marketplace.tests.world import sign_in
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.services.endpoints import create_endpoint
from notifications.webhooks.services.sending import send_due
from notifications.webhooks.signing import secret_of
from notifications.webhooks.tests.factories import FailedWebhookFactory, WebhookEndpointFactory
from shops.models import Shop
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db
SELLER, STAFF = "/api/v1/seller/webhooks", "/api/v1/admin/webhooks"


@pytest.fixture
def shop():
    return ShopFactory()


@pytest.fixture
def seller(shop):
    return sign_in(shop.owner)


def registering(**also):
    return {"url": "https://hooks.example.com/in", "topics": ["order.placed"], **also}


def test_secret_is_shown_once(seller, shop):
    made = seller.post(SELLER, registering(description="ERP"))

    assert made.status_code == 201
    endpoint = WebhookEndpoint.objects.get(shop=shop)
    assert made.data["secret"] == secret_of(endpoint)
    assert made.data["secret"].startswith("whsec_")
    shown = seller.get(f"{SELLER}/{endpoint.pk}")
    assert set(shown.data) == set(made.data) - {"secret"}
    rotated = seller.post(f"{SELLER}/{endpoint.pk}/rotate-secret")
    assert rotated.status_code == 200
    endpoint.refresh_from_db()
    assert rotated.data["secret"] == secret_of(endpoint) != made.data["secret"]


def test_endpoint_is_changed_and_deleted_with_its_log(seller, shop):
    endpoint = FailedWebhookFactory(endpoint__shop=shop).endpoint

    changed = seller.patch(f"{SELLER}/{endpoint.pk}", {"topics": ["payout.paid"]})

    assert changed.data["topics"] == ["payout.paid"]
    assert changed.data["url"] == endpoint.url
    assert seller.delete(f"{SELLER}/{endpoint.pk}").status_code == 204
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_who_handed_the_shop_over_meanwhile_registers_nothing(shop):
    as_it_was = Shop.objects.get(pk=shop.pk)
    Shop.objects.filter(pk=shop.pk).update(owner=UserFactory())

    with pytest.raises(NotFound):
        create_endpoint(as_it_was, url="https://hooks.example.com/", topics=["order.placed"])

    assert not WebhookEndpoint.objects.exists()


def test_shop_has_ten_endpoints_at_most(seller, shop):
    WebhookEndpointFactory.create_batch(10, shop=shop)

    refused = seller.post(SELLER, registering())

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "too_many_webhooks")
    assert WebhookEndpoint.objects.count() == 10


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://hooks.example.com:8443/",
        "https://user:pass@hooks.example.com/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://[64:ff9b::7f00:1]/",
        "https://0.0.0.0/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "https://hooks.example.com/a b",
        "https://[::1/",
    ],
)
def test_address_that_is_not_sent_to_is_refused(url, seller, settings):
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False

    refused = seller.post(SELLER, registering(url=url))

    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == "url"
    assert not WebhookEndpoint.objects.exists()


def test_another_shops_endpoints_and_log_are_404(seller):
    other = FailedWebhookFactory(endpoint__shop=ShopFactory())
    platform = FailedWebhookFactory(endpoint__shop=None)

    for row in (other, platform):
        for method, path in (
            ("get", f"{row.endpoint_id}"),
            ("patch", f"{row.endpoint_id}"),
            ("delete", f"{row.endpoint_id}"),
            ("post", f"{row.endpoint_id}/rotate-secret"),
            ("get", f"{row.endpoint_id}/deliveries"),
            ("post", f"deliveries/{row.pk}/replay"),
        ):
            assert getattr(seller, method)(f"{SELLER}/{path}").status_code == 404, path
    assert seller.get(SELLER).data["results"] == []
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"failed"}
    assert WebhookEndpoint.objects.filter(secret_version=1).count() == 2


def test_log_says_how_each_try_went_and_replays(seller, shop, receiver, django_assert_num_queries):
    receiver.statuses = [503]
    delivery = FailedWebhookFactory(endpoint__shop=shop, endpoint__url=receiver.url)
    log = f"{SELLER}/{delivery.endpoint_id}/deliveries"

    again = seller.post(f"{SELLER}/deliveries/{delivery.pk}/replay")
    send_due()

    assert (again.status_code, again.data["state"]) == (202, "pending")
    (row,) = seller.get(log).data["results"]
    assert (row["state"], row["tries"], row["response_status"]) == ("pending", 1, 503)
    assert row["body"] == delivery.body
    assert seller.post(f"{SELLER}/deliveries/{delivery.pk}/replay").status_code == 409
    assert seller.get(f"{log}?state=failed").data["results"] == []
    assert seller.get(f"{log}?state=x").status_code == 400


def test_staff_keep_the_platforms_endpoints():
    staff = sign_in(StaffFactory())
    WebhookEndpointFactory()

    made = staff.post(STAFF, registering())

    assert made.status_code == 201
    endpoint = WebhookEndpoint.objects.get(shop=None)
    assert [row["id"] for row in staff.get(STAFF).data["results"]] == [str(endpoint.pk)]
    assert staff.patch(f"{STAFF}/{endpoint.pk}", {"is_active": False}).data["is_active"] is False
