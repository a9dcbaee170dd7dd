"""POST /orders and /orders/quote."""

from uuid import uuid4

import pytest

from accounts.tests.factories import AddressFactory, UserFactory
from cart.models import CartItem
from cart.querysets import Owner
from cart.services import add_item
from catalog.constants import ProductStatus
from catalog.inventory.models import Reservation, StockItem
from catalog.tests.factories import VariantFactory
from marketplace.common.idempotency.models import IdempotencyKey
from marketplace.common.outbox.models import OutboxEvent
from orders.checkout import place as checkout
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.models import Payment, PaymentShare
from orders.payments.services.start import create_payment
from shops.tests.factories import ShippingMethodFactory, ShopFactory
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


def body_for(address, *lines, **extra):
    items = [{"variant_id": str(variant.pk), "quantity": quantity} for variant, quantity in lines]
    return {"items": items, "address_id": str(address.pk), "payment_method": "COD", **extra}


def nothing_was_written() -> bool:
    tables = (Checkout, Order, OrderItem, OrderEvent, Payment, Reservation, OutboxEvent)
    reserved = StockItem.objects.exclude(reserved=0)
    return not reserved.exists() and not any(table.objects.exists() for table in tables)


def test_order_over_two_shops_makes_one_order_per_shop(buyer_api, address):
    shirt, phone = VariantFactory(price_amount=120_000), VariantFactory(price_amount=5_000_000)

    response = buyer_api.post(URL, body_for(address, (shirt, 2), (phone, 1)))

    assert response.status_code == 201
    checkout = response.data["checkout"]
    assert checkout["status"] == "placed"
    assert checkout["subtotal"] == "5240000"
    assert checkout["shipping_fee"] == "60000"
    assert checkout["total"] == "5300000"
    assert checkout["currency"] == "VND"
    assert checkout["expires_at"] is None
    by_shop = {order["shop"]["id"]: order for order in response.data["orders"]}
    shirts = by_shop[str(shirt.product.shop_id)]
    assert shirts["total"] == "270000"
    assert shirts["status"] == "placed"
    assert shirts["payment_status"] == "unpaid"
    assert shirts["number"].startswith("ORD-")
    assert shirts["shipping_address"]["recipient_name"] == "Trần Thị Bích"
    assert [line["quantity"] for line in shirts["items"]] == [2]
    assert shirts["items"][0]["line_total"] == "240000"
    assert [entry["status"] for entry in shirts["timeline"]] == ["placed"]
    payment = response.data["payment"]
    assert (payment["provider"], payment["status"]) == ("COD", "pending")
    assert payment["amount"] == "5300000"
    shares = PaymentShare.objects.filter(payment_id=payment["id"])
    assert sorted(shares.values_list("amount", flat=True)) == [270_000, 5_030_000]


def test_order_holds_stock_until_it_ends(buyer_api, address):
    variant = VariantFactory(stock=10)

    response = buyer_api.post(URL, body_for(address, (variant, 3)))

    stock = StockItem.objects.get(variant=variant)
    assert (stock.on_hand, stock.reserved) == (10, 3)
    held = Reservation.objects.get()
    assert str(held.reference) == response.data["orders"][0]["id"]
    assert (held.quantity, held.status, held.expires_at) == (3, "held", None)


def test_order_of_the_last_units_takes_the_product_out_of_stock(buyer_api, address):
    variant = VariantFactory(stock=2)

    buyer_api.post(URL, body_for(address, (variant, 2)))

    variant.product.refresh_from_db()
    assert variant.product.in_stock is False


def test_order_of_the_whole_cart_empties_it(buyer_api, address):
    variant = VariantFactory(price_amount=70_000)
    add_item(Owner(address.user.pk), variant_id=variant.pk, quantity=2)

    response = buyer_api.post(URL, {"address_id": str(address.pk), "payment_method": "COD"})

    assert response.status_code == 201
    assert response.data["checkout"]["subtotal"] == "140000"
    assert not CartItem.objects.exists()


def test_order_of_named_items_leaves_the_cart_alone(buyer_api, address):
    variant = VariantFactory()
    add_item(Owner(address.user.pk), variant_id=variant.pk, quantity=2)

    response = buyer_api.post(URL, body_for(address, (variant, 1)))

    assert response.status_code == 201
    assert CartItem.objects.get().quantity == 2


def test_order_of_an_empty_cart_is_refused(buyer_api, address):
    response = buyer_api.post(URL, {"address_id": str(address.pk)})

    assert response.status_code == 409
    assert response.data["error"]["code"] == "cart_empty"
    assert nothing_was_written()


def test_same_variant_named_twice_counts_once_with_the_sum(buyer_api, address):
    variant = VariantFactory(stock=3)

    response = buyer_api.post(URL, body_for(address, (variant, 2), (variant, 2)))

    assert response.status_code == 409
    assert response.data["error"]["details"][0]["available"] == 3
    assert nothing_was_written()


def test_product_with_one_variant_can_be_named_alone(buyer_api, address):
    variant = VariantFactory()
    items = [{"product_id": str(variant.product_id), "quantity": 1}]

    response = buyer_api.post(URL, {"items": items, "address_id": str(address.pk)})

    assert response.status_code == 201
    assert response.data["orders"][0]["items"][0]["variant_id"] == str(variant.pk)


def test_product_with_two_variants_must_be_named_by_variant(buyer_api, address):
    variant = VariantFactory()
    VariantFactory(product=variant.product)
    items = [{"product_id": str(variant.product_id), "quantity": 1}]

    response = buyer_api.post(URL, {"items": items, "address_id": str(address.pk)})

    assert response.status_code == 400
    assert response.data["error"]["details"][0]["field"] == "items.0.variant_id"
    assert nothing_was_written()


def test_more_than_is_available_is_refused_with_what_is(buyer_api, address):
    plenty, scarce = VariantFactory(stock=10), VariantFactory(stock=1)

    response = buyer_api.post(URL, body_for(address, (plenty, 1), (scarce, 2)))

    assert response.status_code == 409
    error = response.data["error"]
    assert error["code"] == "out_of_stock"
    assert [(row["variant_id"], row["available"]) for row in error["details"]] == [
        (str(scarce.pk), 1)
    ]
    assert nothing_was_written()


@pytest.mark.parametrize(
    "hide",
    [
        {"product__status": ProductStatus.SUSPENDED},
        {"product__status": ProductStatus.DRAFT},
        {"is_active": False},
        {"product__shop__status": "suspended"},
        {"product__shop__status": "pending"},
    ],
)
def test_what_is_not_on_sale_cannot_be_ordered(buyer_api, address, hide):
    variant = VariantFactory(**hide)

    response = buyer_api.post(URL, body_for(address, (variant, 1)))

    assert response.status_code == 409
    assert response.data["error"]["code"] == "product_unavailable"
    assert nothing_was_written()


def test_unknown_variant_cannot_be_ordered(buyer_api, address):
    items = [{"variant_id": str(uuid4()), "quantity": 1}]

    response = buyer_api.post(URL, {"items": items, "address_id": str(address.pk)})

    assert response.status_code == 409
    assert response.data["error"]["code"] == "product_unavailable"


def test_address_of_somebody_else_is_not_found(buyer_api, address):
    foreign = AddressFactory()

    response = buyer_api.post(URL, body_for(foreign, (VariantFactory(), 1)))

    assert response.status_code == 404
    assert response.data["error"]["details"][0]["field"] == "address_id"
    assert nothing_was_written()


def test_expected_total_other_than_the_real_one_is_refused(buyer_api, address):
    variant = VariantFactory(price_amount=100_000)

    response = buyer_api.post(URL, body_for(address, (variant, 1), expected_total="100000"))

    assert response.status_code == 409
    error = response.data["error"]
    assert error["code"] == "price_changed"
    assert error["details"][0]["total"] == "130000"
    assert nothing_was_written()


def test_expected_total_that_is_right_is_accepted(buyer_api, address):
    variant = VariantFactory(price_amount=100_000)

    response = buyer_api.post(URL, body_for(address, (variant, 1), expected_total="130000"))

    assert response.status_code == 201


def test_order_from_ones_own_shop_is_refused(api_as):
    ShippingMethodFactory()
    shop = ShopFactory()
    address = AddressFactory(user=shop.owner)
    variant = VariantFactory(product__shop=shop)

    response = api_as(shop.owner).post(URL, body_for(address, (variant, 1)))

    assert response.status_code == 409
    assert response.data["error"]["code"] == "own_shop"
    assert nothing_was_written()


def test_payment_method_that_is_not_set_up_is_refused(buyer_api, address):
    body = body_for(address, (VariantFactory(), 1), payment_method="MOMO")

    response = buyer_api.post(URL, body)

    assert response.status_code == 400
    assert response.data["error"]["details"][0]["field"] == "payment_method"
    assert nothing_was_written()


def test_unknown_voucher_code_is_refused(buyer_api, address):
    body = body_for(address, (VariantFactory(), 1), voucher_codes=["TET"])

    response = buyer_api.post(URL, body)

    assert response.status_code == 409
    assert response.data["error"]["code"] == "voucher_invalid"
    assert nothing_was_written()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [{"quantity": 1}]}, "items.0.variant_id"),
        ({"items": [{"variant_id": "x", "quantity": 1}]}, "items.0.variant_id"),
        ({"items": [{"variant_id": str(uuid4()), "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{"variant_id": str(uuid4()), "quantity": 1000}]}, "items.0.quantity"),
        ({"items": [{"variant_id": str(uuid4()), "quantity": 10**30}]}, "items.0.quantity"),
        ({"items": [{"variant_id": str(uuid4()), "quantity": 1.0}]}, "items.0.quantity"),
        ({"items": [{"variant_id": str(uuid4()), "quantity": True}]}, "items.0.quantity"),
        ({"items": [{"variant_id": str(uuid4()), "quantity": "１"}]}, "items.0.quantity"),
        ({"items": "all"}, "items"),
        ({"address_id": "nowhere"}, "address_id"),
        ({"address_id": None}, "address_id"),
        ({"payment_method": "BARTER"}, "payment_method"),
        ({"shipping": {"shop": "standard"}}, "shipping"),
        ({"shipping": ["standard"]}, "shipping"),
        ({"note": "x" * 501}, "note"),
        ({"note": 5}, "note"),
        ({"expected_total": 100.5}, "expected_total"),
        ({"expected_total": "100.5"}, "expected_total"),
        ({"expected_total": "-1"}, "expected_total"),
        ({"voucher_codes": "A"}, "voucher_codes"),
    ],
)
def test_body_that_is_not_valid_names_the_field(buyer_api, address, change, field):
    body = {**body_for(address, (VariantFactory(), 1)), **change}

    response = buyer_api.post(URL, body)

    assert response.status_code == 400
    assert field in [row["field"] for row in response.data["error"]["details"]]
    assert nothing_was_written()


def test_fields_that_are_not_the_buyers_to_set_change_nothing(buyer_api, address):
    variant = VariantFactory(price_amount=100_000)
    body = body_for(
        address,
        (variant, 1),
        total="1",
        total_amount=1,
        status="completed",
        payment_status="paid",
        buyer_id=str(UserFactory().pk),
    )
    body["items"][0].update(unit_price="1", price="1", shop_id=str(uuid4()))

    response = buyer_api.post(URL, body)

    order = Order.objects.get()
    assert response.status_code == 201
    assert (order.total_amount, order.status, order.payment_status) == (130_000, "placed", "unpaid")
    assert order.buyer == address.user


def test_shipping_service_can_be_chosen_per_shop(buyer_api, address):
    variant = VariantFactory()
    chosen = {str(variant.product.shop_id): "express"}
    ShippingMethodFactory(service_code="express", name="Giao nhanh")

    response = buyer_api.post(URL, body_for(address, (variant, 1), shipping=chosen))

    assert response.status_code == 201
    assert Order.objects.get().shipping_service_code == "express"


def test_unknown_shipping_service_is_refused(buyer_api, address):
    variant = VariantFactory()
    chosen = {str(variant.product.shop_id): "teleport"}

    response = buyer_api.post(URL, body_for(address, (variant, 1), shipping=chosen))

    assert response.status_code == 400
    assert response.data["error"]["details"][0]["field"] == f"shipping.{variant.product.shop_id}"
    assert nothing_was_written()


def test_quote_says_what_the_order_will_cost_and_writes_nothing(buyer_api, address):
    first, second = VariantFactory(price_amount=100_000), VariantFactory(price_amount=50_000)
    body = body_for(address, (first, 1), (second, 2))

    quote = buyer_api.post(f"{URL}/quote", body)

    assert quote.status_code == 200
    assert quote.data["total"] == "260000"
    assert quote.data["currency"] == "VND"
    assert [group["total"] for group in quote.data["groups"]] == ["130000", "130000"]
    assert quote.data["groups"][0]["shipping_options"][0]["fee"] == "30000"
    assert nothing_was_written()
    placed = buyer_api.post(URL, {**body, "expected_total": quote.data["total"]})
    assert placed.status_code == 201


def test_order_keeps_what_was_agreed_whatever_changes_later(buyer_api, address):
    variant = VariantFactory(price_amount=100_000)
    placed = buyer_api.post(URL, body_for(address, (variant, 1)))
    url = f"{URL}/{placed.data['orders'][0]['number']}"
    before = buyer_api.get(url).content

    variant.price_amount, variant.name = 999_000, "Khác"
    variant.save()
    variant.product.title = "Đã đổi tên"
    variant.product.archived_at = variant.created_at
    variant.product.save()
    address.recipient_name, address.archived_at = "Người khác", address.created_at
    address.save()

    assert buyer_api.get(url).content == before


@pytest.mark.parametrize("codes", [[], ["TEA"]])
def test_answer_shows_orders_as_they_are_read_later(buyer_api, address, codes):
    """It is rendered from what was written, without reading it back."""
    for code in codes:
        VoucherFactory(code=code, value=1_000)
    body = body_for(address, (VariantFactory(), 2), (VariantFactory(), 1), voucher_codes=codes)

    response = buyer_api.post(URL, {**body, "note": "Gói quà"}, headers={"Idempotency-Key": "k"})

    assert response.status_code == 201
    placed = response.json()
    orders = [buyer_api.get(f"{URL}/{row['id']}").json() for row in placed["orders"]]
    assert placed["orders"] == orders
    checkout_url = f"/api/v1/checkouts/{placed['checkout']['id']}"
    assert placed["checkout"] == buyer_api.get(checkout_url).json()
    assert placed["payment"] == buyer_api.get(f"/api/v1/payments/{placed['payment']['id']}").json()
    IdempotencyKey.objects.update(response_status=None, response_body=None)
    repeated = buyer_api.post(URL, {**body, "note": "Gói quà"}, headers={"Idempotency-Key": "k"})
    assert repeated.json() == placed


def test_placing_takes_a_fixed_number_of_statements(buyer_api, address, django_assert_num_queries):
    lines = [(VariantFactory(), 1), (VariantFactory(), 2)]

    with django_assert_num_queries(STATEMENTS):
        response = buyer_api.post(URL, body_for(address, *lines), headers={"Idempotency-Key": "k"})

    assert response.status_code == 201


def test_further_shops_take_no_further_statements(buyer_api, address, django_assert_num_queries):
    lines = [(VariantFactory(), 1) for _ in range(6)]

    with django_assert_num_queries(STATEMENTS):
        buyer_api.post(URL, body_for(address, *lines), headers={"Idempotency-Key": "k"})


# Everything a checkout does, savepoints and the idempotency key included; the goal is at most 30.
STATEMENTS = 20


def test_order_of_many_tons_is_placed(buyer_api, address):
    """Three full lines of the heaviest goods weigh more than 32 bits of grams."""
    first = VariantFactory(stock=999, weight_grams=1_000_000)
    others = VariantFactory.create_batch(
        2, stock=999, weight_grams=1_000_000, product=first.product
    )

    response = buyer_api.post(URL, body_for(address, *((row, 999) for row in (first, *others))))

    assert response.status_code == 201
    assert Order.objects.get().weight_grams == 2_997_000_000


def test_repeated_order_is_answered_after_another_try_to_pay(buyer_api, address):
    """A crash lost the first answer; meanwhile the checkout got a second payment."""
    body, headers = body_for(address, (VariantFactory(), 1)), {"Idempotency-Key": "k"}
    first = buyer_api.post(URL, body, headers=headers)
    IdempotencyKey.objects.update(response_status=None, response_body=None)
    payment = Payment.objects.get()
    order = Order.objects.get()
    create_payment(payment.checkout, [order], method="COD", expires_at=None)

    again = buyer_api.post(URL, body, headers=headers)

    assert again.status_code == 201
    assert again.json()["payment"]["id"] == first.json()["payment"]["id"]


def test_number_that_is_taken_is_drawn_again(buyer_api, address, monkeypatch):
    body = body_for(address, (VariantFactory(), 1))
    taken = buyer_api.post(URL, body).json()["orders"][0]["number"]
    draws = iter([taken, "ORD-20261121-000000"])
    monkeypatch.setattr(checkout, "new_order_number", lambda now: next(draws))

    response = buyer_api.post(URL, body)

    assert response.status_code == 201
    assert response.json()["orders"][0]["number"] == "ORD-20261121-000000"
    assert Order.objects.count() == 2
