"""A shop on holiday: seen, but not ordered from."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import AddressFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.testing import run_in_parallel
from orders.checkout.place import OrderRequest, WantedItem, place_order
from orders.errors import ShopOnHoliday
from orders.models import Order
from shops.models import Shop, ShopHoliday
from shops.services.holidays import end_holiday, set_holiday
from shops.tests.factories import ShippingMethodFactory, ShopFactory

HOLIDAY = "/api/v1/seller/shops/me/holiday"


def code(response):
    return response.json()["error"]["code"]


def in_days(days):
    return timezone.now() + timedelta(days=days)


@pytest.mark.django_db
def test_goods_of_a_shop_on_holiday_are_shown_and_not_ordered(api, api_as):
    ShippingMethodFactory()
    variant, address = VariantFactory(), AddressFactory()
    shop, buyer = variant.product.shop, api_as(address.user)
    item = {"variant_id": variant.pk, "quantity": 1}
    body = {"items": [item], "address_id": address.pk, "payment_method": "COD"}
    ends_at = in_days(3)

    planned = api_as(shop.owner).put(HOLIDAY, {"ends_at": ends_at, "message": "Tết"})
    added = buyer.post("/api/v1/cart", item)
    quoted = buyer.post("/api/v1/orders/quote", body, format="json")
    ordered = buyer.post("/api/v1/orders", body, format="json")

    assert planned.status_code == 200
    shown = f"{ends_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    holiday = api.get(f"/api/v1/shops/{shop.pk}").json()["holiday"]
    assert (holiday["ends_at"], holiday["message"], holiday["is_now"]) == (shown, "Tết", True)
    product = f"/api/v1/products/{variant.product.slug}"
    assert api.get(product).json()["holiday"] == holiday
    assert [row["code"] for row in added.json()["warnings"]] == ["shop_on_holiday"]
    for refused in (quoted, ordered):
        assert (refused.status_code, code(refused)) == (409, "shop_on_holiday")
        row = refused.json()["error"]["details"][0]
        assert (row["shop_id"], row["ends_at"]) == (str(shop.pk), shown)
    assert not Order.objects.exists()

    # It is over by itself.
    over = {"starts_at": in_days(-2), "ends_at": timezone.now()}
    ShopHoliday.objects.update(**over)
    Shop.objects.update(**{f"holiday_{name}": moment for name, moment in over.items()})
    for page in (f"/api/v1/shops/{shop.pk}", product):
        assert api.get(page).json()["holiday"] is None
    assert buyer.get("/api/v1/cart").json()["warnings"] == []
    assert buyer.post("/api/v1/orders", body, format="json").status_code == 201


@pytest.mark.django_db
def test_holiday_is_planned_changed_and_ended(api_as):
    shop = ShopFactory()
    owner = api_as(shop.owner)

    refused = [
        {"ends_at": in_days(-1)},
        {"starts_at": in_days(2), "ends_at": in_days(1)},
        {"ends_at": in_days(61)},
        {"starts_at": in_days(400), "ends_at": in_days(401)},
    ]
    for body in refused:
        assert code(owner.put(HOLIDAY, body)) == "validation_error"
    assert not ShopHoliday.objects.exists()

    set_holiday(shop.pk, starts_at=in_days(5), ends_at=in_days(6))
    set_holiday(shop.pk, starts_at=in_days(3), ends_at=in_days(4))
    assert ShopHoliday.objects.count() == 1  # the planned one was replaced
    begun = set_holiday(shop.pk, ends_at=in_days(2)).holiday_starts_at
    longer = set_holiday(shop.pk, starts_at=in_days(1), ends_at=in_days(4))
    assert longer.holiday_starts_at == begun  # what has begun has begun
    assert owner.delete(HOLIDAY).json()["holiday"] is None

    kept = ShopHoliday.objects.get()
    assert kept.starts_at == begun
    assert kept.ends_at <= timezone.now()
    end_holiday(shop.pk)
    assert ShopHoliday.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_no_order_comes_after_the_holiday_has_begun():
    ShippingMethodFactory()
    variant, address = VariantFactory(stock=50), AddressFactory()
    request = OrderRequest(
        address_id=address.pk, items=[WantedItem(variant_id=variant.pk, quantity=1)]
    )

    def act(number):
        if number == 3:
            set_holiday(variant.product.shop_id, ends_at=in_days(1))
            return timezone.now()
        return place_order(request, buyer=address.user)

    results = run_in_parallel(act, arguments=range(8))

    begun = results.pop(3)
    refused = [result for result in results if isinstance(result, Exception)]
    assert {type(error) for error in refused} <= {ShopOnHoliday}
    assert Order.objects.count() == 7 - len(refused)
    assert not Order.objects.filter(created_at__gt=begun).exists()
