"""GET, POST /seller/vouchers and what is below."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.tests.factories import CategoryFactory, ProductFactory
from shops.tests.factories import ShopFactory
from vouchers.constants import MAX_GUESSES
from vouchers.models import Voucher
from vouchers.services import vouchers as services
from vouchers.tests.factories import VoucherFactory

URL = "/api/v1/seller/vouchers"

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return ShopFactory()


@pytest.fixture
def seller_api(api_as, shop):
    return api_as(shop.owner)


def body(**changes):
    return {
        "code": "tra-moi",
        "name": "Mừng trà mới",
        "kind": "percentage",
        "value": "12.5",
        "ends_at": (timezone.now() + timedelta(days=7)).isoformat(),
        **changes,
    }


def test_seller_makes_a_voucher(seller_api, shop):
    product, category = ProductFactory(shop=shop), CategoryFactory()

    response = seller_api.post(
        URL,
        body(
            max_discount="50000",
            min_spend="200000",
            budget="1000000",
            usage_limit=100,
            per_user_limit=1,
            product_ids=[str(product.pk)],
            category_ids=[str(category.pk)],
        ),
    )

    assert response.status_code == 201, response.content
    made = response.json()
    assert made["code"] == "TRA-MOI"
    assert (made["kind"], made["value"], made["max_discount"]) == ("percentage", "12.5", "50000")
    assert (made["budget"], made["spent"], made["used_count"]) == ("1000000", "0", 0)
    assert made["product_ids"] == [str(product.pk)]
    assert made["category_ids"] == [str(category.pk)]
    assert made["platform_share_bps"] == 0
    assert made["shop"] == {"id": str(shop.pk), "name": shop.name, "slug": shop.slug}
    assert made["remaining"] == 100
    voucher = Voucher.objects.get()
    assert (voucher.shop, voucher.value) == (shop, 1_250)
    assert voucher.starts_at <= timezone.now()
    assert seller_api.get(f"{URL}/{voucher.pk}").json() == made


def test_list_is_newest_first_and_takes_a_fixed_number_of_queries(
    seller_api, shop, django_assert_num_queries
):
    vouchers = VoucherFactory.create_batch(5, shop=shop)
    VoucherFactory()
    VoucherFactory(shop=ShopFactory())
    VoucherFactory(shop=shop, archived_at=timezone.now())

    with django_assert_num_queries(4):
        response = seller_api.get(URL)

    assert [row["id"] for row in response.json()["results"]] == [
        str(voucher.pk) for voucher in reversed(vouchers)
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "ab"}, "code"),
        ({"code": "có dấu"}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"kind": "gift"}, "kind"),
        ({"value": "0"}, "value"),
        ({"value": "100.01"}, "value"),
        ({"value": "-5"}, "value"),
        ({"value": "1.234"}, "value"),
        ({"value": 10.5}, "value"),
        ({"value": None}, "value"),
        ({"kind": "fixed", "value": "0"}, "value"),
        ({"kind": "fixed", "value": "1.5"}, "value"),
        ({"kind": "fixed", "value": str(10**30)}, "value"),
        ({"kind": "free_shipping", "value": "5"}, "value"),
        ({"max_discount": "0"}, "max_discount"),
        ({"min_spend": "-1"}, "min_spend"),
        ({"budget": "0"}, "budget"),
        ({"usage_limit": 0}, "usage_limit"),
        ({"usage_limit": 2**31}, "usage_limit"),
        ({"per_user_limit": -1}, "per_user_limit"),
        ({"starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-02T00:00:00Z"}, "ends_at"),
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, "ends_at"),
        ({"category_ids": ["01900000-0000-7000-8000-000000000000"]}, "category_ids"),
        ({"product_ids": ["01900000-0000-7000-8000-000000000000"]}, "product_ids"),
    ],
)
def test_voucher_that_makes_no_sense_is_refused(seller_api, change, field):
    response = seller_api.post(URL, body(**change))

    assert response.status_code == 400, response.content
    assert response.json()["error"]["details"][0]["field"].startswith(field)
    assert not Voucher.objects.exists()


def test_products_of_another_shop_are_unknown(seller_api):
    response = seller_api.post(URL, body(product_ids=[str(ProductFactory().pk)]))

    assert response.status_code == 400
    assert not Voucher.objects.exists()


def test_code_in_use_is_refused_in_any_case_and_counted_as_a_guess(seller_api):
    VoucherFactory(code="TRA-MOI")

    statuses = [seller_api.post(URL, body()).status_code for _ in range(MAX_GUESSES + 2)]

    assert statuses == [409] * MAX_GUESSES + [429] * 2
    assert Voucher.objects.count() == 1


def test_patch_changes_the_given_fields_and_put_all_of_them(seller_api, shop):
    voucher = VoucherFactory(shop=shop, code="TET", usage_limit=5)
    url = f"{URL}/{voucher.pk}"

    patched = seller_api.patch(url, {"value": 15, "code": "OTHER", "platform_share_bps": 10_000})

    assert patched.status_code == 200, patched.content
    assert (patched.json()["value"], patched.json()["usage_limit"]) == ("15", 5)
    assert patched.json()["code"] == "TET"
    put = seller_api.put(url, body(kind="fixed", value="30000"))
    assert (put.json()["kind"], put.json()["value"]) == ("fixed", "30000")
    assert put.json()["usage_limit"] is None
    assert put.json()["platform_share_bps"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"value": "100"},
        {"max_discount": None},
        {"budget": None},
        {"usage_limit": None},
        {"ends_at": "2030-01-02T00:00:00Z"},
        {"kind": "fixed", "value": "30000"},
        {"product_ids": []},
    ],
)
def test_shop_does_not_change_what_the_platform_pays_for(seller_api, shop, change):
    voucher = VoucherFactory(
        shop=shop, value=1_000, max_discount_amount=9_000, budget_amount=90_000, usage_limit=5,
        platform_share_bps=1,
    )  # fmt: skip
    voucher.products.set([ProductFactory(shop=shop)])
    before = Voucher.objects.values().get()
    url = f"{URL}/{voucher.pk}"

    refused = seller_api.patch(url, change)

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "platform_pays")
    assert Voucher.objects.values().get() == before
    assert voucher.products.count() == 1
    changed = seller_api.patch(url, {"name": "Tết", "is_active": False, "value": "10"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Tết")


def test_patch_of_the_kind_needs_its_value(seller_api, shop):
    url = f"{URL}/{VoucherFactory(shop=shop).pk}"

    assert seller_api.patch(url, {"kind": "fixed"}).status_code == 400
    assert seller_api.patch(url, {"kind": "free_shipping"}).json()["value"] == "0"


@pytest.mark.breaks_invariants
def test_limits_cannot_go_below_what_was_used(seller_api, shop):
    voucher = VoucherFactory(shop=shop, used_count=3, spent_amount=90_000)
    url = f"{URL}/{voucher.pk}"

    for change in ({"usage_limit": 2}, {"budget": "89999"}):
        response = seller_api.patch(url, change)
        assert response.status_code == 400, response.content
    assert seller_api.patch(url, {"usage_limit": 3, "budget": "90000"}).status_code == 200


def test_deleted_voucher_is_gone_and_its_code_free(seller_api, shop):
    voucher = VoucherFactory(shop=shop, code="TRA-MOI")
    url = f"{URL}/{voucher.pk}"

    assert seller_api.delete(url).status_code == 204

    assert [seller_api.get(url).status_code, seller_api.delete(url).status_code] == [404, 404]
    assert seller_api.post(URL, body()).status_code == 201
    voucher.refresh_from_db()
    assert voucher.archived_at is not None


def test_voucher_of_another_shop_or_the_platform_is_not_found(seller_api):
    for voucher in (VoucherFactory(shop=ShopFactory()), VoucherFactory()):
        url = f"{URL}/{voucher.pk}"

        assert seller_api.get(url).status_code == 404
        assert seller_api.put(url, body()).status_code == 404
        assert seller_api.patch(url, {"name": "x"}).status_code == 404
        assert seller_api.delete(url).status_code == 404
        voucher.refresh_from_db()
        assert (voucher.name, voucher.archived_at) == ("Giảm 10%", None)


def test_suspended_shop_reads_but_does_not_write(api_as):
    voucher = VoucherFactory(shop=ShopFactory(status="suspended"))
    seller = api_as(voucher.shop.owner)

    assert seller.get(URL).status_code == 200
    assert seller.post(URL, body()).json()["error"]["code"] == "shop_not_active"


def test_shop_has_a_limited_number_of_live_vouchers(seller_api, shop, monkeypatch):
    monkeypatch.setattr(services, "MAX_LIVE_VOUCHERS_PER_SHOP", 2)
    VoucherFactory.create_batch(2, shop=shop)

    response = seller_api.post(URL, body())

    assert (response.status_code, response.json()["error"]["code"]) == (409, "too_many_vouchers")


def test_voucher_that_is_over_counts_again_when_it_is_prolonged(seller_api, shop, monkeypatch):
    monkeypatch.setattr(services, "MAX_LIVE_VOUCHERS_PER_SHOP", 1)
    now = timezone.now()
    over = VoucherFactory(shop=shop, ends_at=now - timedelta(hours=1))
    live = VoucherFactory(shop=shop)
    longer = {"ends_at": (now + timedelta(days=60)).isoformat()}

    refused = seller_api.patch(f"{URL}/{over.pk}", longer)
    prolonged = seller_api.patch(f"{URL}/{live.pk}", longer)

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "too_many_vouchers")
    assert Voucher.objects.get(pk=over.pk).ends_at == over.ends_at
    assert prolonged.status_code == 200
