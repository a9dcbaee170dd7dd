"""Shops in the console."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.tests.factories import StaffFactory, UserFactory
from marketplace.common.audit.models import Entry
from marketplace.common.outbox.models import OutboxEvent
from shops.constants import ShopStatus
from shops.models import ShopStatusChange, StoreLocation
from shops.services.states import suspend_shop
from shops.shipping.models import ShippingMethod
from shops.tests.factories import ShippingMethodFactory, ShopFactory, StoreLocationFactory

pytestmark = pytest.mark.django_db
SHOPS = "/admin/shops/shop/"


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def console(staff):
    client = Client()
    client.force_login(staff)
    return client


def act(client, action, shop, **data):
    return client.post(SHOPS, {"action": action, "_selected_action": [str(shop.pk)], **data})


def test_lists_take_the_same_queries_for_any_number_of_rows(console, django_assert_max_num_queries):
    for shop in ShopFactory.create_batch(20):
        StoreLocationFactory(shop=shop)
        suspend_shop(shop.pk, actor=None, reason="x")
        ShippingMethodFactory(shop=shop)

    for page in (
        "shops/shop",
        "shops/shopstatuschange",
        "shops/storelocation",
        "shipping/shippingmethod",
        "shipping/shippingrate",
    ):
        with django_assert_max_num_queries(9):
            assert console.get(f"/admin/{page}/").status_code == 200


def test_search_finds_by_id_slug_owner_and_the_beginning_of_the_name(console):
    shop = ShopFactory(name="Tiệm Bánh", slug="tiem-banh")
    ShopFactory()

    for text in (str(shop.pk), "tiem-banh", "tiệm", shop.owner.email, shop.owner.phone_number):
        found = console.get(SHOPS, {"q": text}).context["cl"].result_list
        assert list(found) == [shop], text
    assert list(console.get(SHOPS, {"q": "bánh"}).context["cl"].result_list) == []


def test_approval_is_written_down_with_who_did_it(console, staff):
    shop = ShopFactory(status=ShopStatus.PENDING)

    act(console, "approve", shop)

    shop.refresh_from_db()
    assert shop.status == ShopStatus.APPROVED
    assert ShopStatusChange.objects.get().actor == staff


@pytest.mark.parametrize(
    ("action", "start", "end"),
    [
        ("reject", ShopStatus.PENDING, ShopStatus.REJECTED),
        ("suspend", ShopStatus.APPROVED, ShopStatus.SUSPENDED),
        ("close", ShopStatus.SUSPENDED, ShopStatus.CLOSED),
    ],
)
def test_step_against_the_seller_asks_for_a_reason_first(console, action, start, end):
    shop = ShopFactory(status=start)

    assert b"reason" in act(console, action, shop).content
    act(console, action, shop, reason="   ")
    shop.refresh_from_db()
    assert shop.status == start

    act(console, action, shop, reason="Hàng giả")

    shop.refresh_from_db()
    assert (shop.status, shop.status_reason) == (end, "Hàng giả")


def test_suspension_can_be_lifted(console):
    shop = ShopFactory(status=ShopStatus.SUSPENDED)

    act(console, "reopen", shop)

    shop.refresh_from_db()
    assert shop.status == ShopStatus.APPROVED


def test_step_that_is_not_possible_is_a_message(console):
    shop = ShopFactory(status=ShopStatus.CLOSED)

    response = act(console, "approve", shop)

    assert response.status_code == 302
    assert "cannot take this step" in console.get(SHOPS).content.decode()
    shop.refresh_from_db()
    assert shop.status == ShopStatus.CLOSED


def test_staff_without_the_permission_have_no_actions():
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_shop", "change_shop"]))
    client = Client()
    client.force_login(clerk)
    shop = ShopFactory(status=ShopStatus.PENDING)

    assert b"Approve selected" not in client.get(SHOPS).content
    act(client, "approve", shop)

    shop.refresh_from_db()
    assert shop.status == ShopStatus.PENDING


def test_page_masks_the_bank_account_and_shows_the_history(console):
    shop = ShopFactory(bank_account_number="0123456789")
    suspend_shop(shop.pk, actor=None, reason="Hàng giả")

    page = console.get(f"{SHOPS}{shop.pk}/change/").content.decode()

    assert "0123456789" not in page
    assert "••••6789" in page
    assert "Hàng giả" in page


def test_form_changes_the_page_and_the_rate_and_nothing_else(console):
    shop = ShopFactory(sold_count=7)

    response = console.post(
        f"{SHOPS}{shop.pk}/change/",
        {
            "name": "Mới",
            "commission_rate_bps": "300",
            "status": "closed",
            "sold_count": "0",
            "bank_account_number": "666666",
            "status_changes-TOTAL_FORMS": "0",
            "status_changes-INITIAL_FORMS": "0",
        },
    )

    assert response.status_code == 302
    shop.refresh_from_db()
    assert (shop.name, shop.commission_rate_bps) == ("Mới", 300)
    assert (shop.status, shop.sold_count, shop.bank_account_number) == ("approved", 7, "")
    assert OutboxEvent.objects.get().topic == "shops.updated"


def test_rate_above_everything_is_a_message_in_the_form(console):
    shop = ShopFactory()

    response = console.post(
        f"{SHOPS}{shop.pk}/change/",
        {
            "name": shop.name,
            "commission_rate_bps": "10001",
            "status_changes-TOTAL_FORMS": "0",
            "status_changes-INITIAL_FORMS": "0",
        },
    )

    assert response.status_code == 200
    shop.refresh_from_db()
    assert shop.commission_rate_bps is None


def test_shops_are_neither_added_nor_deleted_here(console):
    shop = ShopFactory()

    assert console.get(f"{SHOPS}add/").status_code == 403
    assert console.post(f"{SHOPS}{shop.pk}/delete/").status_code == 403


STORES = "/admin/shops/storelocation/"
STORE = {
    "name": "Trụ sở",
    "address": "1 Tràng Tiền",
    "phone_number": "0912345678",
    "mon": "08:00-12:00, 13:00 – 21:30",
    "latitude": "21",
    "longitude": "105",
    "is_active": "on",
}


def test_location_of_the_platform_or_a_shop_is_added(console):
    shop = ShopFactory()

    for form in (STORE, STORE | {"shop": str(shop.pk), "name": "Chi nhánh", "is_active": ""}):
        assert console.post(f"{STORES}add/", form).status_code == 302

    own, branch = StoreLocation.objects.order_by("pk")
    assert (own.shop, own.is_active, own.phone_number) == (None, True, "+84912345678")
    assert own.opening_hours == {
        "mon": [{"opens": "08:00", "closes": "12:00"}, {"opens": "13:00", "closes": "21:30"}]
    }
    assert (branch.shop, branch.is_active) == (shop, False)


def test_change_of_a_location_shows_at_once_and_stands_in_its_history(console, staff, api):
    shop = ShopFactory()
    store = StoreLocationFactory(
        shop=shop, opening_hours={"tue": [{"opens": "08:00", "closes": "09:00"}]}
    )
    before = api.get("/api/v1/stores").json()["results"][0]

    page = console.get(f"{STORES}{store.pk}/change/").content.decode()
    form = STORE | {"tue": "08:00-09:00", "email": ""}
    response = console.post(f"{STORES}{store.pk}/change/", form)
    after = api.get("/api/v1/stores").json()["results"][0]

    assert 'value="08:00-09:00"' in page
    assert response.status_code == 302
    assert (before["name"], after["name"]) == (store.name, "Trụ sở")
    assert sorted(after["opening_hours"]) == ["mon", "tue"]
    assert after["shop"]["id"] == str(shop.pk)
    entry = Entry.objects.get(object_type="shops.storelocation", operation="changed")
    assert (entry.actor_id, entry.object_id) == (staff.pk, str(store.pk))


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("mon", "8-9"),
        ("mon", "12:00-08:00"),
        ("mon", "24:00-25:00"),
        ("mon", "01:00-02:00," * 3 + "05:00-06:00"),
        ("phone_number", "phone"),
        ("latitude", "91"),
    ],
)
def test_wrong_location_is_a_message_in_the_form(console, field, text):
    store = StoreLocationFactory(shop=None)

    response = console.post(f"{STORES}{store.pk}/change/", STORE | {field: text})

    assert response.status_code == 200
    assert response.context["errors"]
    assert StoreLocation.objects.get().updated_at == store.updated_at


def test_archived_location_is_gone_and_can_only_be_looked_at(console, api):
    store = StoreLocationFactory(opening_hours={"sun": [{"opens": "08:00", "closes": "09:00"}]})

    console.post(STORES, {"action": "archive", "_selected_action": [str(store.pk)]})

    assert api.get("/api/v1/stores").json()["results"] == []
    assert "Sun: 08:00-09:00" in console.get(f"{STORES}{store.pk}/change/").content.decode()
    assert console.post(f"{STORES}{store.pk}/change/", STORE).status_code == 403
    store.refresh_from_db()
    assert store.name != STORE["name"]
    shop_page = console.get(f"{SHOPS}{store.shop_id}/change/").content.decode()
    assert f"{STORES}?q={store.shop_id}" in shop_page


def test_method_is_made_with_its_rates(console):
    response = console.post(
        "/admin/shipping/shippingmethod/add/",
        {
            "carrier": "MANUAL",
            "service_code": "bike",
            "name": "Xe ôm",
            "min_days": "0",
            "max_days": "1",
            "position": "0",
            "is_active": "on",
            "rates-TOTAL_FORMS": "1",
            "rates-INITIAL_FORMS": "0",
            "rates-0-zone": "same_province",
            "rates-0-up_to_grams": "1000",
            "rates-0-fee_amount": "15000",
            "rates-0-per_extra_kg_amount": "0",
        },
    )

    assert response.status_code == 302
    assert ShippingMethod.objects.get(service_code="bike").rates.get().fee_amount == 15_000


def test_method_that_the_database_would_refuse_is_a_message_in_the_form(console):
    ShippingMethodFactory(service_code="standard")
    form = {
        "carrier": "MANUAL",
        "service_code": "standard",
        "name": "Again",
        "min_days": "3",
        "max_days": "1",
        "position": "0",
        "rates-TOTAL_FORMS": "0",
        "rates-INITIAL_FORMS": "0",
    }

    assert console.post("/admin/shipping/shippingmethod/add/", form).status_code == 200
    assert not ShippingMethod.objects.filter(name="Again").exists()
