"""Vouchers on quotes and orders, POST /vouchers/validate and GET /vouchers/available."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import AddressFactory
from cart.querysets import Owner
from cart.services import add_item
from catalog.tests.factories import CategoryFactory, VariantFactory
from orders.checkout.expire import expire_checkout
from orders.constants import ActorKind
from orders.models import Checkout, Order, OrderItem
from orders.services.cancel import cancel_order
from orders.tests.factories import make_unpaid, place
from shops.tests.factories import ShippingMethodFactory, ShopFactory
from vouchers.constants import MAX_GUESSES
from vouchers.models import BuyerUsage, Redemption, Voucher
from vouchers.tests.factories import VoucherFactory

URL = "/api/v1/orders"

pytestmark = pytest.mark.django_db


@pytest.fixture
def address():
    ShippingMethodFactory()
    return AddressFactory()


@pytest.fixture
def buyer_api(api_as, address):
    return api_as(address.user)


@pytest.fixture
def tea():
    return VariantFactory(price_amount=100_001)


@pytest.fixture
def shirt():
    return VariantFactory(price_amount=149_999)


def fixed(code, amount, **fields):
    return VoucherFactory(code=code, kind="fixed", value=amount, **fields)


def free_shipping(code, **fields):
    return VoucherFactory(code=code, kind="free_shipping", value=0, **fields)


def body_for(address, *variants, **extra):
    items = [{"variant_id": str(variant.pk), "quantity": 1} for variant in variants]
    return {"items": items, "address_id": str(address.pk), "payment_method": "COD", **extra}


def counters(voucher):
    voucher.refresh_from_db()
    return voucher.used_count, voucher.spent_amount


def reason_of(response):
    return response.json()["vouchers"][-1]["reason"]


def test_order_over_two_shops_shares_the_discount_to_the_last_unit(buyer_api, address, tea, shirt):
    platform = fixed("TET", 50_001, platform_share_bps=7_500)
    shops = VoucherFactory(code="TRA10", shop=tea.product.shop)
    shipping = VoucherFactory(
        code="SHIP", kind="free_shipping", value=0, max_discount_amount=40_001
    )

    response = buyer_api.post(
        URL, body_for(address, tea, shirt, voucher_codes=["tet", "Tra10", "SHIP", "TET"])
    )

    assert response.status_code == 201, response.content
    checkout = response.json()["checkout"]
    # 10 % of 100,001; then 50,001; then 40,001 of two fees of 30,000.
    assert checkout["discount"] == str(10_000 + 50_001 + 40_001)
    assert checkout["total"] == str(250_000 + 60_000 - 100_002)
    teas = Order.objects.get(shop=tea.product.shop)
    shirts = Order.objects.get(shop=shirt.product.shop)
    # 50,001 over 90,001 and 149,999 left: 18,750.58 and 31,250.42.
    item, other = OrderItem.objects.get(order=teas), OrderItem.objects.get(order=shirts)
    assert item.discount_amount + other.discount_amount == 60_001
    assert (item.discount_amount, other.discount_amount) == (28_751, 31_250)
    # 75 % of 50,001 is 37,500.75; its shares of 18,751 and 31,250 are 14,063.5 and 23,437.5.
    assert item.platform_discount_amount + other.platform_discount_amount == 37_501
    assert {teas.shipping_discount_amount, shirts.shipping_discount_amount} == {20_001, 20_000}
    shown = {order["id"]: order for order in response.json()["orders"]}[str(teas.pk)]
    assert shown["items"][0]["discount"] == "28751"
    assert [row["code"] for row in shown["vouchers"]] == ["TRA10", "TET", "SHIP"]
    assert counters(platform) == (1, 50_001)
    assert counters(shops) == (1, 10_000)
    assert counters(shipping) == (1, 40_001)
    assert Redemption.objects.count() == 5
    assert set(BuyerUsage.objects.values_list("used_count", flat=True)) == {1}
    listed = buyer_api.get(URL).json()["results"]
    assert {row["items"][0]["discount"] for row in listed} == {"28751", "31250"}


def test_seller_sees_who_pays_but_no_codes_of_others(api_as, address, tea):
    fixed("SECRET-CODE", 10_000, platform_share_bps=6_000, is_public=False)
    order = place((tea, 1), buyer=address.user, voucher_codes=["SECRET-CODE"]).orders.get()

    response = api_as(tea.product.shop.owner).get(f"/api/v1/seller/orders/{order.pk}")

    assert response.json()["discount_paid_by_shop"] == "4000"
    assert response.json()["discount_paid_by_platform"] == "6000"
    assert "SECRET-CODE" not in response.content.decode()


def test_quote_tells_what_the_order_will_cost_and_uses_nothing_up(buyer_api, address, tea):
    voucher = fixed("TET", 30_000)
    body = body_for(address, tea, voucher_codes=["tet"])

    quote = buyer_api.post(f"{URL}/quote", body).json()

    assert quote["vouchers"] == [
        {
            "code": "TET",
            "name": "Giảm 10%",
            "is_applied": True,
            "discount": "30000",
            "reason": None,
            "message": "",
            "missing_amount": None,
        }
    ]
    assert quote["groups"][0]["items"][0]["discount"] == "30000"
    assert (quote["discount"], quote["total"]) == ("30000", "100001")
    assert counters(voucher) == (0, 0)
    assert not Redemption.objects.exists()
    placed = buyer_api.post(URL, {**body, "expected_total": quote["total"]})
    assert placed.status_code == 201


def test_quote_says_how_much_is_missing(buyer_api, address, tea):
    fixed("TET", 30_000, min_spend_amount=130_001)

    quote = buyer_api.post(f"{URL}/quote", body_for(address, tea, voucher_codes=["TET"])).json()

    [row] = quote["vouchers"]
    assert (row["is_applied"], row["discount"], row["reason"]) == (False, "0", "min_spend")
    assert row["missing_amount"] == "30000"
    assert row["message"] == "Add 30.000 ₫ more to use TET."
    assert quote["discount"] == "0"


_DAY = timedelta(days=1)

# Fields of a voucher, the reason, and the error of an order.
UNUSABLE = [
    ({"is_active": False}, "not_found", "voucher_invalid"),
    ({"archived_at": timezone.now()}, "not_found", "voucher_invalid"),
    ({"starts_at": timezone.now() + _DAY}, "not_started", "voucher_invalid"),
    ({"ends_at": timezone.now() - _DAY / 2}, "expired", "voucher_invalid"),
    ({"min_spend_amount": 1_000_000}, "min_spend", "voucher_invalid"),
    ({"usage_limit": 1, "used_count": 1}, "exhausted", "voucher_exhausted"),
    ({"budget_amount": 29_999}, "exhausted", "voucher_exhausted"),
]


@pytest.mark.breaks_invariants  # counters are set by hand
@pytest.mark.parametrize(("fields", "reason", "code"), UNUSABLE)
def test_voucher_that_cannot_be_used(buyer_api, address, tea, fields, reason, code):
    fixed("TET", 30_000, **fields)
    body = body_for(address, tea, voucher_codes=["TET"])

    assert reason_of(buyer_api.post(f"{URL}/quote", body)) == reason
    response = buyer_api.post(URL, body)

    assert response.status_code == 409
    error = response.json()["error"]
    assert error["code"] == code
    assert (error["details"][0]["code"], error["details"][0]["voucher_code"]) == (reason, "TET")
    assert not Checkout.objects.exists()
    assert not Redemption.objects.exists()


def test_voucher_of_a_shop_that_is_not_in_the_order(buyer_api, address, tea):
    fixed("OTHER", 30_000, shop=ShopFactory())
    fixed("CLOSED", 30_000, shop=ShopFactory(status="suspended"))
    body = body_for(address, tea, voucher_codes=["OTHER", "CLOSED"])

    quote = buyer_api.post(f"{URL}/quote", body).json()

    assert [row["reason"] for row in quote["vouchers"]] == ["no_matching_items", "not_found"]
    assert buyer_api.post(URL, body).json()["error"]["code"] == "voucher_invalid"


def test_voucher_is_good_for_categories_with_all_below_and_for_products(
    buyer_api, address, tea, shirt
):
    parent = CategoryFactory()
    below = CategoryFactory(parent=parent, path=f"{parent.path}x/")
    type(tea.product).objects.filter(pk=tea.product_id).update(category=below)
    limited = VoucherFactory(code="TRA", kind="percentage", value=5_000)
    limited.categories.add(parent)
    body = body_for(address, tea, shirt, voucher_codes=["TRA"])

    assert buyer_api.post(f"{URL}/quote", body).json()["discount"] == "50001"
    limited.categories.clear()
    limited.products.add(shirt.product)
    assert buyer_api.post(f"{URL}/quote", body).json()["discount"] == "75000"
    only_tea = body_for(address, tea, voucher_codes=["TRA"])
    assert reason_of(buyer_api.post(f"{URL}/quote", only_tea)) == "no_matching_items"


def test_voucher_for_a_first_order(buyer_api, address, tea):
    fixed("MOI", 30_000, is_first_order_only=True)
    body = body_for(address, tea, voucher_codes=["MOI"])

    first = buyer_api.post(URL, body)
    second = buyer_api.post(URL, body)

    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["error"]["details"][0]["code"] == "first_order_only"
    order = first.json()["orders"][0]
    buyer_api.post(f"{URL}/{order['id']}/cancel", {"reason": "Đổi ý"})
    assert buyer_api.post(URL, body).status_code == 201


def test_limit_per_buyer_is_theirs_alone(buyer_api, address, tea):
    fixed("ONCE", 30_000, per_user_limit=1)
    body = body_for(address, tea, voucher_codes=["ONCE"])

    assert buyer_api.post(URL, body).status_code == 201
    again = buyer_api.post(URL, body)

    assert (again.status_code, again.json()["error"]["code"]) == (409, "voucher_limit_reached")
    assert reason_of(buyer_api.post(f"{URL}/quote", body)) == "limit_reached"
    assert place((tea, 1), voucher_codes=["ONCE"]).discount_amount == 30_000


def test_checkout_over_two_shops_is_one_use(buyer_api, address, tea, shirt):
    voucher = fixed("ONCE", 30_000, per_user_limit=1, usage_limit=1)

    response = buyer_api.post(URL, body_for(address, tea, shirt, voucher_codes=["ONCE"]))

    assert response.status_code == 201
    assert counters(voucher) == (1, 30_000)
    assert Redemption.objects.count() == 2


def test_cancelled_order_gives_back_its_money_and_the_last_one_the_use(address, tea, shirt):
    voucher = fixed("ONCE", 30_000, per_user_limit=1, usage_limit=1, budget_amount=30_000)
    checkout = place((tea, 1), (shirt, 1), buyer=address.user, voucher_codes=["ONCE"])
    first, second = checkout.orders.order_by("pk")

    cancel_order(first.pk, actor=address.user, actor_kind=ActorKind.BUYER, reason="x")

    assert counters(voucher) == (1, second.discount_amount)
    assert BuyerUsage.objects.get().used_count == 1
    cancel_order(second.pk, actor=address.user, actor_kind=ActorKind.BUYER, reason="x")
    assert counters(voucher) == (0, 0)
    assert BuyerUsage.objects.get().used_count == 0
    assert set(Redemption.objects.values_list("status", flat=True)) == {"released"}
    first.refresh_from_db()
    assert first.discount_amount > 0
    assert place((tea, 1), buyer=address.user, voucher_codes=["ONCE"]).discount_amount == 30_000


def test_expired_checkout_gives_its_vouchers_back(address, tea, shirt):
    voucher = fixed("TET", 30_000)
    checkout = place((tea, 1), (shirt, 1), buyer=address.user, voucher_codes=["TET"])
    make_unpaid(checkout, expires_in=-timedelta(minutes=1))

    assert expire_checkout(checkout.pk) == 2

    assert counters(voucher) == (0, 0)


def test_order_that_cannot_be_placed_uses_no_voucher_up(buyer_api, address):
    voucher, scarce = fixed("TET", 30_000), VariantFactory(stock=0, price_amount=50_000)

    response = buyer_api.post(URL, body_for(address, scarce, voucher_codes=["TET"]))

    assert response.json()["error"]["code"] == "out_of_stock"
    assert counters(voucher) == (0, 0)
    assert not BuyerUsage.objects.exists()


def test_order_that_costs_nothing_is_placed(buyer_api, address, tea):
    fixed("ALL", 10**9)
    free_shipping("SHIP")

    response = buyer_api.post(URL, body_for(address, tea, voucher_codes=["ALL", "SHIP"]))

    assert response.status_code == 201, response.content
    assert response.json()["checkout"]["total"] == "0"
    assert response.json()["payment"]["amount"] == "0"


def test_best_vouchers_are_found_and_used(buyer_api, address, tea, shirt):
    fixed("SMALL", 10_000)
    best = fixed("LARGE", 30_000)
    fixed("HIDDEN", 90_000, is_public=False)
    shops = fixed("SHOP", 20_000, shop=tea.product.shop)
    fixed("LATER", 99_000, min_spend_amount=10**9)
    free_shipping("SHIP")
    body = body_for(address, tea, shirt, best_vouchers=True)

    quote = buyer_api.post(f"{URL}/quote", body).json()
    with_code = buyer_api.post(
        f"{URL}/quote", {**body, "voucher_codes": ["HIDDEN", "SMALL"]}
    ).json()
    placed = buyer_api.post(URL, {**body, "expected_total": quote["total"]})

    assert [row["code"] for row in quote["vouchers"]] == ["SHOP", "LARGE", "SHIP"]
    assert quote["discount"] == str(20_000 + 30_000 + 60_000)
    assert [(row["code"], row["reason"]) for row in with_code["vouchers"]] == [
        ("SHOP", None), ("HIDDEN", None), ("SHIP", None), ("SMALL", "better_found"),
    ]  # fmt: skip
    assert placed.status_code == 201, placed.content
    assert counters(best) == (1, 30_000)
    assert counters(shops) == (1, 20_000)


def test_best_vouchers_without_any_cost_the_full_price(buyer_api, address, tea):
    response = buyer_api.post(URL, body_for(address, tea, best_vouchers=True))

    assert response.status_code == 201
    assert response.json()["checkout"]["discount"] == "0"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("vouchers/validate", {"code": "{}"}),
        ("orders/quote", {"voucher_codes": ["{}"]}),
        ("orders", {"voucher_codes": ["{}"]}),
    ],
)
def test_codes_cannot_be_guessed(buyer_api, api_as, address, tea, path, body):
    fixed("SECRET", 10_000, is_public=False)
    base = body_for(address, tea) if "orders" in path else {}

    def guess(code, caller=buyer_api):
        wanted = {key: [code] if isinstance(value, list) else code for key, value in body.items()}
        return caller.post(f"/api/v1/{path}", {**base, **wanted}).status_code

    statuses = [guess(f"GUESS{n}") for n in range(MAX_GUESSES + 5)]

    wrong = 409 if path == "orders" else 200
    assert statuses == [wrong] * MAX_GUESSES + [429] * 5
    assert guess("SECRET") == 429
    if "orders" not in path:
        assert guess("SECRET", api_as(AddressFactory().user)) == 200


def test_right_codes_do_not_use_up_guesses(buyer_api, address, tea):
    fixed("TET", 10_000)
    body = body_for(address, tea, voucher_codes=["TET"])

    statuses = {buyer_api.post(f"{URL}/quote", body).status_code for _ in range(MAX_GUESSES * 2)}

    assert statuses == {200}


def test_checkout_without_vouchers_costs_no_statement_more(buyer_api, address, tea):
    fixed("TET", 10_000)
    for shop in (tea.product.shop, ShopFactory()):
        VoucherFactory.create_batch(3, shop=shop)

    with CaptureQueriesContext(connection) as queries:
        buyer_api.post(URL, body_for(address, tea))

    assert not [row["sql"] for row in queries if "vouchers_" in row["sql"]]


@pytest.mark.parametrize("codes", [["TET"], ["TET", "A", "B", "SHIP"]])
def test_vouchers_cost_few_statements_however_many(buyer_api, address, tea, shirt, codes):
    fixed("TET", 10_000)
    fixed("A", 10_000, shop=tea.product.shop)
    fixed("B", 10_000, shop=shirt.product.shop)
    free_shipping("SHIP")

    with CaptureQueriesContext(connection) as plain:
        buyer_api.post(URL, body_for(address, tea, shirt))
    with CaptureQueriesContext(connection) as discounted:
        response = buyer_api.post(URL, body_for(address, tea, shirt, voucher_codes=codes))

    assert response.status_code == 201, response.content
    assert len(discounted) - len(plain) == VOUCHER_STATEMENTS


# Too many guesses? Do the codes exist? Their terms; taking them; counting; the redemptions.
VOUCHER_STATEMENTS = 6


# --- before an order ------------------------------------------------------------------------------


def test_code_is_worth_so_much_of_a_subtotal(buyer_api, tea):
    VoucherFactory(code="TET", max_discount_amount=15_000)

    response = buyer_api.post("/api/v1/vouchers/validate", {"code": " tet ", "subtotal": "120000"})

    answer = response.json()
    assert (answer["valid"], answer["discount"], answer["reason"]) == (True, "12000", None)
    voucher = answer["voucher"]
    assert (voucher["code"], voucher["kind"], voucher["value"]) == ("TET", "percentage", "10")
    assert (voucher["max_discount"], voucher["shop"], voucher["remaining"]) == ("15000", None, None)


def test_code_is_worth_so_much_of_the_cart(buyer_api, address, tea, shirt):
    for variant in (tea, shirt):
        add_item(Owner(address.user.pk), variant_id=variant.pk, quantity=1)
    VoucherFactory(code="TET", value=5_000)
    VoucherFactory(code="TEA", value=5_000, shop=tea.product.shop)

    def discount(code, **extra):
        body = {"code": code, **extra}
        return buyer_api.post("/api/v1/vouchers/validate", body).json()["discount"]

    assert discount("TET") == "125000"
    assert discount("TEA") == "50001"
    assert discount("TET", shop_id=str(shirt.product.shop_id)) == "75000"
    assert discount("TEA", subtotal="10") == "5"


def test_code_that_is_not_good_says_why(buyer_api, tea):
    fixed("TET", 10_000, min_spend_amount=100_000)
    fixed("SHOP", 10_000, shop=tea.product.shop)

    def answer(**body):
        found = buyer_api.post("/api/v1/vouchers/validate", body).json()
        return found["valid"], found["reason"], found["missing_amount"]

    assert answer(code="NOPE", subtotal="1") == (False, "not_found", None)
    assert answer(code="TET", subtotal="70000") == (False, "min_spend", "30000")
    assert answer(code="TET") == (False, "no_matching_items", None)
    other = str(ShopFactory().pk)
    assert answer(code="SHOP", subtotal="1", shop_id=other) == (False, "no_matching_items", None)


def test_vouchers_on_offer_come_best_first(buyer_api, address, tea, django_assert_num_queries):
    fixed("TEN", 10_000)
    fixed("SHOP", 20_000, shop=tea.product.shop)
    free_shipping("SHIP", max_discount_amount=15_000)
    fixed("NEAR", 50_000, min_spend_amount=110_000)
    fixed("FAR", 90_000, min_spend_amount=900_000)
    fixed("OTHER", 1_000, shop=ShopFactory())
    fixed("HIDDEN", 1_000, is_public=False)
    fixed("OVER", 1_000, ends_at=timezone.now() - _DAY / 2)
    fixed("OFF", 1_000, is_active=False)

    with django_assert_num_queries(1):
        response = buyer_api.get(
            "/api/v1/vouchers/available",
            {"shop_id": str(tea.product.shop_id), "subtotal": "100000"},
        )

    rows = response.json()["results"]
    assert [row["code"] for row in rows] == ["SHOP", "SHIP", "TEN", "NEAR", "FAR"]
    assert [row["discount"] for row in rows] == ["20000", None, "10000", "0", "0"]
    assert [row["missing_amount"] for row in rows] == [None, None, None, "10000", "800000"]
    add_item(Owner(address.user.pk), variant_id=tea.pk, quantity=2)
    of_cart = buyer_api.get("/api/v1/vouchers/available", {"limit": 2}).json()["results"]
    assert [row["code"] for row in of_cart] == ["NEAR", "SHOP"]


def test_vouchers_used_up_by_the_buyer_are_not_on_offer(buyer_api, address, tea):
    fixed("ONCE", 10_000, per_user_limit=1)
    place((tea, 1), buyer=address.user, voucher_codes=["ONCE"])

    assert buyer_api.get("/api/v1/vouchers/available?subtotal=100000").json()["results"] == []


def test_export_names_the_vouchers_used(buyer_api, address, tea):
    fixed("TET", 10_000)
    place((tea, 1), buyer=address.user, voucher_codes=["TET"])

    export = buyer_api.get("/api/v1/profile/export").json()

    assert [row["voucher__code"] for row in export["vouchers"]] == ["TET"]


def test_order_keeps_its_vouchers_whatever_becomes_of_them(buyer_api, address, tea):
    voucher = fixed("TET", 10_000)
    order = place((tea, 1), buyer=address.user, voucher_codes=["TET"]).orders.get()
    before = buyer_api.get(f"{URL}/{order.number}").content

    Voucher.objects.filter(pk=voucher.pk).update(
        code="X", name="X", value=1, archived_at=timezone.now(), is_active=False
    )

    assert buyer_api.get(f"{URL}/{order.number}").content == before
