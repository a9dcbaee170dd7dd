"""Orders, checkouts, payments and parcels in the console."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from accounts.tests.factories import StaffFactory
from catalog.tests.factories import VariantFactory
from orders.models import Order
from orders.tests.factories import place, place_one
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def console():
    client = Client()
    client.force_login(StaffFactory())
    return client


def test_lists_take_the_same_queries_for_any_number_of_rows(console, django_assert_max_num_queries):
    for _ in range(5):
        place((VariantFactory(), 1), (VariantFactory(), 1))

    for page in ("orders/order", "orders/checkout", "payments/payment", "fulfilment/shipment"):
        with django_assert_max_num_queries(7):
            assert console.get(f"/admin/{page}/").status_code == 200


def test_page_of_an_order_takes_the_same_queries_for_any_number_of_lines(
    console, django_assert_num_queries
):
    shop = ShopFactory()
    one = place((VariantFactory(product__shop=shop), 1)).orders.get()
    many = place(*[(VariantFactory(product__shop=shop), 1) for _ in range(5)]).orders.get()
    ContentType.objects.get_for_model(Order)  # which Django keeps

    # One of them writes down who read an address.
    for order in (one, many):
        with django_assert_num_queries(11):
            assert console.get(f"/admin/orders/order/{order.pk}/change/").status_code == 200


def test_pages_lead_from_one_to_the_other_and_name_the_currency(console):
    order = place_one()
    payment = order.checkout.payments.get()

    page = console.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    checkout = console.get(f"/admin/orders/checkout/{order.checkout_id}/change/").content.decode()

    for link in (
        f"/admin/orders/checkout/{order.checkout_id}/change/",
        f"/admin/payments/payment/{payment.pk}/change/",
        f"/admin/accounts/user/{order.buyer_id}/change/",
        f"/admin/shops/shop/{order.shop_id}/change/",
    ):
        assert link in page
    assert f"/admin/orders/order/{order.pk}/change/" in checkout
    assert f"/admin/payments/payment/{payment.pk}/change/" in checkout
    assert "₫" in page
    assert "recipient_name" not in page  # but "Recipient name: …"


def test_an_order_is_found_by_the_id_of_whatever_it_belongs_to(console):
    order = place_one()
    place_one()

    for identifier in (order.pk, order.checkout_id, order.buyer_id, order.shop_id):
        found = console.get("/admin/orders/order/", {"q": str(identifier)}).context["cl"]
        assert list(found.result_list) == [order]


def test_console_begins_with_what_waits_for_the_caller(console):
    assert "<span>Shops to approve</span>" not in console.get("/admin/").content.decode()
    ShopFactory(status=ShopStatus.PENDING)

    page = console.get("/admin/").content.decode()
    nobody = Client()
    nobody.force_login(StaffFactory(is_superuser=False))

    queue = "<strong>1</strong> <span>Shops to approve</span>"
    assert f'<a href="/admin/shops/shop/queue/">{queue}</a>' in page
    assert "Shops to approve" not in nobody.get("/admin/").content.decode()


def test_sections_stand_in_the_order_of_the_settings(console, settings):
    sections = [s["app_label"] for s in console.get("/admin/").context["app_list"]]

    assert sections == settings.CONSOLE_SECTIONS
