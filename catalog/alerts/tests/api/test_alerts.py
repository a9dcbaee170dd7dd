"""Alerts over HTTP."""

import factory
import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from catalog.alerts.models import Alert
from catalog.alerts.tests.factories import AlertFactory
from catalog.constants import ProductStatus
from catalog.tests.factories import VariantFactory
from marketplace.common.ids import uuid7

pytestmark = pytest.mark.django_db

URL = "/api/v1/alerts"


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(api_as, user):
    return api_as(user)


@pytest.fixture
def variant():
    """A sold-out variant at 100,000 ₫."""
    return VariantFactory(stock=0)


def url_of(variant):
    return f"/api/v1/products/{variant.product.slug}/alerts"


def details(response):
    assert response.status_code == 400, response.content
    return {row["field"]: row["code"] for row in response.json()["error"]["details"]}


def refusal(response):
    return response.status_code, response.json()["error"]["code"]


def test_post_makes_an_alert(client, user, variant):
    response = client.post(
        url_of(variant),
        {"kind": "price_drop", "variant_id": str(variant.pk), "target_price": "80000"},
    )

    assert response.status_code == 201, response.content
    alert = Alert.objects.get()
    assert alert.user == user
    assert response.json() == {
        "id": str(alert.pk),
        "kind": "price_drop",
        "product": {
            "id": str(variant.product_id),
            "slug": variant.product.slug,
            "title": variant.product.title,
            "thumbnail_url": None,
        },
        "variant": {"id": str(variant.pk), "sku": variant.sku, "name": "M"},
        "target_price": "80000",
        "price_when_asked": "100000",
        "price": "100000",
        "currency": "VND",
        "is_available": False,
        "told_at": None,
        "created_at": alert.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert client.get(URL).json()["results"] == [response.json()]


def test_same_again_is_the_same_alert_with_the_new_target(client, variant):
    first = client.post(url_of(variant), {"kind": "price_drop"})
    again = client.post(url_of(variant), {"kind": "price_drop"})
    changed = client.post(url_of(variant), {"kind": "price_drop", "target_price": "70000"})
    other = client.post(url_of(variant), {"kind": "back_in_stock"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert changed.status_code == 200
    assert changed.json() == {**first.json(), "target_price": "70000"}
    assert other.status_code == 201
    assert Alert.objects.count() == 2


def test_what_can_be_bought_now_is_not_waited_for(client):
    variant = VariantFactory(stock=1)
    sold_out = VariantFactory(product=variant.product, stock=0)
    body = {"kind": "back_in_stock"}

    assert refusal(client.post(url_of(variant), body)) == (409, "already_in_stock")
    assert Alert.objects.count() == 0
    response = client.post(url_of(variant), {**body, "variant_id": str(sold_out.pk)})
    assert response.status_code == 201


def test_limit_is_a_conflict(client, user, variant):
    kinds = factory.Sequence("kind-{}".format)
    AlertFactory.create_batch(200, user=user, product=variant.product, kind=kinds)

    assert refusal(client.post(url_of(variant), {"kind": "price_drop"})) == (409, "too_many_alerts")


@pytest.mark.parametrize(
    ("body", "culprits"),
    [
        ({}, {"kind": "required"}),
        ({"kind": "gone"}, {"kind": "invalid_choice"}),
        ({"kind": "price_drop", "target_price": "100000"}, {"target_price": "max_value"}),
        ({"kind": "price_drop", "target_price": "0"}, {"target_price": "min_value"}),
        ({"kind": "price_drop", "target_price": 1.5}, {"target_price": "invalid"}),
        ({"kind": "back_in_stock", "target_price": "1"}, {"target_price": "invalid"}),
        ({"kind": "price_drop", "variant_id": "x"}, {"variant_id": "invalid"}),
        ({"kind": "price_drop", "variant_id": str(uuid7())}, {"variant_id": "does_not_exist"}),
    ],
)
def test_what_makes_no_sense_is_refused(client, variant, body, culprits):
    assert details(client.post(url_of(variant), body)) == culprits
    assert Alert.objects.count() == 0


def test_variant_of_another_product_is_none(client, variant):
    body = {"kind": "price_drop", "variant_id": str(VariantFactory().pk)}

    assert details(client.post(url_of(variant), body)) == {"variant_id": "does_not_exist"}


def test_product_that_nobody_sees_is_not_found(client):
    hidden = VariantFactory(product__status=ProductStatus.DRAFT)

    assert client.post(url_of(hidden), {"kind": "price_drop"}).status_code == 404


def test_alert_of_somebody_else_is_not_found(client):
    alert = AlertFactory()

    assert client.delete(f"{URL}/{alert.pk}").status_code == 404
    assert client.get(URL).json()["results"] == []
    assert Alert.objects.count() == 1


def test_delete_ends_the_wait(client, user):
    alert = AlertFactory(user=user)

    assert client.delete(f"{URL}/{alert.pk}").status_code == 204
    assert client.delete(f"{URL}/{alert.pk}").status_code == 404
    assert Alert.objects.count() == 0


def test_list_is_filtered(client, user):
    waiting = AlertFactory(user=user)
    told = AlertFactory(user=user, kind="price_drop", told_at=timezone.now(), batch_id=uuid7())

    def found(query):
        return [row["id"] for row in client.get(f"{URL}?{query}").json()["results"]]

    assert found("") == [str(told.pk), str(waiting.pk)]
    assert found("waiting=true") == [str(waiting.pk)]
    assert found("waiting=false") == [str(told.pk)]
    assert found("kind=price_drop") == [str(told.pk)]
    assert details(client.get(f"{URL}?kind=x")) == {"kind": "invalid_choice"}


@pytest.mark.parametrize("number", [1, 15])
def test_list_takes_one_statement_for_any_number(client, user, number, django_assert_num_queries):
    AlertFactory.create_batch(number, user=user)
    for alert in Alert.objects.all():
        alert.variant = alert.product.variants.get()
        alert.save()

    with django_assert_num_queries(1):
        response = client.get(URL)

    assert len(response.json()["results"]) == number


def test_archived_product_stays_in_the_list_as_unavailable(client, user):
    alert = AlertFactory(user=user, product=VariantFactory(stock=3).product)
    assert client.get(URL).json()["results"][0]["is_available"] is True
    alert.product.archived_at = timezone.now()
    alert.product.save()

    assert client.get(URL).json()["results"][0]["is_available"] is False


def test_export_holds_alerts(client, user):
    alert = AlertFactory(user=user)
    AlertFactory()

    rows = client.get("/api/v1/profile/export").json()["product_alerts"]

    assert [row["id"] for row in rows] == [str(alert.pk)]
    assert set(rows[0]) == {
        *("id", "product_id", "variant_id", "kind", "price_amount", "target_amount"),
        *("told_at", "created_at"),
    }
