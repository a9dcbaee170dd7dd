"""Reading and changing a cart over HTTP."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cart.models import Cart, CartItem
from cart.tests.factories import CartFactory, CartItemFactory, GuestCartFactory
from cart.tokens import hash_token
from catalog.constants import ProductStatus
from catalog.inventory.models import StockItem
from catalog.tests.factories import ProductFactory, VariantFactory
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/cart"


@pytest.fixture
def buyer():
    return UserFactory()


@pytest.fixture
def client(api_as, buyer):
    return api_as(buyer)


def error_of(response):
    return response.json()["error"]


# Reading


def test_cart_of_a_new_user_is_empty_and_creates_nothing(client):
    response = client.get(URL)

    assert response.status_code == 200
    assert response.json() == {
        "id": None,
        "token": None,
        "version": 0,
        "currency": "VND",
        "item_count": 0,
        "subtotal": "0",
        "groups": [],
        "warnings": [],
    }
    assert "X-Cart-Token" not in response
    assert Cart.objects.count() == 0


def test_cart_groups_lines_by_shop_with_totals(client, buyer):
    cart = CartFactory(user=buyer, version=3)
    shirt = VariantFactory(
        product__title="Áo thun", name="M", sku="AT-M", product__thumbnail="products/a.webp"
    )
    first = CartItemFactory(cart=cart, variant=shirt, quantity=2)
    other_shop = CartItemFactory(cart=cart, variant__price_amount=30_000)
    same_shop = CartItemFactory(cart=cart, variant__product__shop=shirt.shop, quantity=3)

    response = client.get(URL)

    body = response.json()
    assert body["id"] == str(cart.pk)
    assert body["token"] is None
    assert body["version"] == 3
    assert body["item_count"] == 6
    assert body["subtotal"] == "530000"
    assert body["warnings"] == []
    assert [group["subtotal"] for group in body["groups"]] == ["500000", "30000"]
    assert body["groups"][0]["shop"] == {
        "id": str(shirt.shop.pk),
        "name": shirt.shop.name,
        "slug": shirt.shop.slug,
    }
    assert [item["id"] for item in body["groups"][0]["items"]] == [
        str(first.pk),
        str(same_shop.pk),
    ]
    assert [item["id"] for item in body["groups"][1]["items"]] == [str(other_shop.pk)]
    assert body["groups"][0]["items"][0] == {
        "id": str(first.pk),
        "product_id": str(shirt.product_id),
        "variant_id": str(shirt.pk),
        "title": "Áo thun",
        "variant_name": "M",
        "sku": "AT-M",
        "thumbnail_url": "http://127.0.0.1:8000/media/products/a.webp",
        "unit_price": "100000",
        "quantity": 2,
        "line_total": "200000",
        "available": 10,
        "price_changed": False,
    }
    assert response["Cache-Control"] == "private, no-store"


def test_price_is_always_that_of_now(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=2, added_price_amount=80_000)

    body = client.get(URL).json()

    [line] = body["groups"][0]["items"]
    assert (line["unit_price"], line["line_total"], line["price_changed"]) == (
        "100000",
        "200000",
        True,
    )
    assert body["subtotal"] == "200000"
    assert body["warnings"] == [
        {
            "code": "price_changed",
            "item_id": str(item.pk),
            "variant_id": str(item.variant_id),
            "title": item.variant.product.title,
            "quantity": 2,
            "available": 10,
            "unit_price": "100000",
            "previous_unit_price": "80000",
            "message": f"The price of {item.variant.product.title} has changed "
            "from 80.000 ₫ to 100.000 ₫.",
        }
    ]


@pytest.mark.parametrize(
    ("target", "changes"),
    [
        ("variant", {"is_active": False}),
        ("variant", {"archived_at": timezone.now()}),
        ("product", {"status": ProductStatus.SUSPENDED}),
        ("product", {"status": ProductStatus.DRAFT}),
        ("product", {"archived_at": timezone.now()}),
        ("shop", {"status": ShopStatus.SUSPENDED}),
        ("shop", {"status": ShopStatus.CLOSED}),
    ],
)
def test_goods_that_are_gone_are_in_the_warnings_and_in_no_total(client, buyer, target, changes):
    kept = CartItemFactory(cart__user=buyer)
    gone = CartItemFactory(cart=kept.cart, quantity=5)
    row = {
        "variant": gone.variant,
        "product": gone.variant.product,
        "shop": gone.variant.product.shop,
    }[target]
    type(row).objects.filter(pk=row.pk).update(**changes)

    body = client.get(URL).json()

    assert body["subtotal"] == "100000"
    assert body["item_count"] == 1
    assert [item["id"] for group in body["groups"] for item in group["items"]] == [str(kept.pk)]
    [warning] = body["warnings"]
    assert (warning["code"], warning["item_id"]) == ("unavailable", str(gone.pk))
    assert (warning["quantity"], warning["available"]) == (5, 0)


@pytest.mark.parametrize(("left", "message"), [(0, "Áo is sold out."), (2, "Áo has only 2 left.")])
@pytest.mark.breaks_invariants  # sells out by hand
def test_line_beyond_the_stock_is_warned_of(client, buyer, left, message):
    item = CartItemFactory(cart__user=buyer, quantity=3, variant__product__title="Áo")
    StockItem.objects.filter(variant=item.variant).update(on_hand=left + 4, reserved=4)

    body = client.get(URL).json()

    [warning] = body["warnings"]
    assert (warning["code"], warning["available"], warning["message"]) == (
        "out_of_stock",
        left,
        message,
    )
    assert body["groups"][0]["items"][0]["available"] == left


@pytest.mark.parametrize("lines", [1, 30])
def test_reading_takes_two_queries_however_much_is_in_it(
    client, buyer, lines, django_assert_num_queries
):
    cart = CartFactory(user=buyer)
    CartItemFactory.create_batch(lines, cart=cart)

    with django_assert_num_queries(2):
        response = client.get(URL)

    assert len(response.json()["groups"]) == lines


def test_fields_keeps_only_what_is_asked_for(client, buyer):
    CartItemFactory(cart__user=buyer)

    assert client.get(URL + "?fields=item_count,subtotal").json() == {
        "item_count": 1,
        "subtotal": "100000",
    }
    assert client.get(URL + "?fields=user").status_code == 400


def test_bad_bearer_token_is_401(api):
    response = api.get(URL, HTTP_AUTHORIZATION="Bearer nonsense")

    assert response.status_code == 401
    assert error_of(response)["code"] == "token_not_valid"


# Adding


def test_add_makes_the_cart_and_the_same_variant_adds_up(client, buyer):
    variant = VariantFactory()

    first = client.post(URL, {"variant_id": str(variant.pk), "quantity": 2})
    second = client.post(URL, {"variant_id": str(variant.pk), "quantity": 3})

    assert (first.status_code, first.json()["version"]) == (200, 1)
    assert (second.status_code, second.json()["version"]) == (200, 2)
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["item_count"] == 5
    item = CartItem.objects.get()
    assert (item.cart.user, item.variant, item.quantity) == (buyer, variant, 5)
    assert item.added_price_amount == 100_000


def test_add_by_product_serves_a_product_with_one_sellable_variant(client):
    variant = VariantFactory()
    VariantFactory(product=variant.product, is_active=False)

    response = client.post(URL, {"product_id": str(variant.product_id), "quantity": 1})

    assert response.status_code == 200
    assert CartItem.objects.get().variant == variant


def test_add_by_product_with_several_variants_names_variant_id(client):
    variant = VariantFactory()
    VariantFactory(product=variant.product)

    response = client.post(URL, {"product_id": str(variant.product_id), "quantity": 1})

    assert response.status_code == 400
    assert error_of(response)["code"] == "validation_error"
    assert error_of(response)["details"][0]["field"] == "variant_id"
    assert Cart.objects.count() == 0


def test_add_without_a_variant_or_product_names_variant_id(client):
    response = client.post(URL, {"quantity": 1})

    assert response.status_code == 400
    assert error_of(response)["details"][0]["field"] == "variant_id"


@pytest.mark.parametrize(
    "make",
    [
        lambda: VariantFactory(is_active=False),
        lambda: VariantFactory(archived_at=timezone.now()),
        lambda: VariantFactory(product__status=ProductStatus.PENDING),
        lambda: VariantFactory(product__archived_at=timezone.now()),
        lambda: VariantFactory(product__shop__status=ShopStatus.SUSPENDED),
        lambda: VariantFactory(product__shop__status=ShopStatus.PENDING),
        lambda: VariantFactory.build(),
    ],
)
@pytest.mark.parametrize("key", ["variant_id", "product_id"])
def test_add_of_what_is_not_sold_is_404_and_changes_nothing(client, make, key):
    variant = make()
    value = variant.pk if key == "variant_id" else variant.product_id or uuid.uuid4()

    response = client.post(URL, {key: str(value), "quantity": 1})

    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"
    assert Cart.objects.count() == 0


def test_add_of_a_variant_of_another_product_is_404(client):
    variant, other = VariantFactory(), ProductFactory()
    body = {"variant_id": str(variant.pk), "product_id": str(other.pk), "quantity": 1}

    assert client.post(URL, body).status_code == 404


def test_add_beyond_the_stock_is_409_with_what_is_available(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=8)

    response = client.post(URL, {"variant_id": str(item.variant_id), "quantity": 3})

    assert response.status_code == 409
    assert error_of(response)["code"] == "out_of_stock"
    [row] = error_of(response)["details"]
    assert (row["field"], row["variant_id"], row["available"]) == (
        "quantity",
        str(item.variant_id),
        10,
    )
    item.refresh_from_db()
    item.cart.refresh_from_db()
    assert (item.quantity, item.cart.version) == (8, 0)


def test_add_beyond_999_is_400_on_quantity(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=999, variant__stock=5000)

    response = client.post(URL, {"variant_id": str(item.variant_id), "quantity": 1})

    assert response.status_code == 400
    assert error_of(response)["details"][0]["field"] == "quantity"
    item.refresh_from_db()
    assert item.quantity == 999


def test_add_beyond_100_lines_is_400(client, buyer):
    cart = CartFactory(user=buyer)
    product = ProductFactory()
    items = [CartItemFactory(cart=cart, variant__product=product) for _ in range(100)]
    more = VariantFactory(product=product)

    refused = client.post(URL, {"variant_id": str(more.pk), "quantity": 1})
    again = client.post(URL, {"variant_id": str(items[0].variant_id), "quantity": 1})

    assert refused.status_code == 400
    assert error_of(refused)["details"][0]["field"] == "variant_id"
    assert again.status_code == 200
    assert cart.items.count() == 100


@pytest.mark.parametrize(
    "quantity", [0, -1, 1000, 10**30, 1.0, 1.5, True, "1", "１", "1_0", None, [], {}, ""]
)
def test_add_of_a_bad_quantity_is_400_on_quantity(client, quantity):
    variant = VariantFactory()

    response = client.post(URL, {"variant_id": str(variant.pk), "quantity": quantity})

    assert response.status_code == 400
    assert [row["field"] for row in error_of(response)["details"]] == ["quantity"]
    assert Cart.objects.count() == 0


@pytest.mark.parametrize("body", [[], "text", 1, None, {"variant_id": "x", "quantity": 1}])
def test_add_of_nonsense_is_400(client, body):
    response = client.post(URL, body)

    assert response.status_code == 400
    assert Cart.objects.count() == 0


def test_prices_and_owners_in_the_body_are_ignored(client, buyer):
    variant, stranger = VariantFactory(), UserFactory()

    client.post(
        URL,
        {
            "variant_id": str(variant.pk),
            "quantity": 1,
            "unit_price": "1",
            "added_price_amount": 1,
            "price_changed": True,
            "user": str(stranger.pk),
            "version": 900,
        },
    )

    item = CartItem.objects.get()
    assert (item.added_price_amount, item.cart.user, item.cart.version) == (100_000, buyer, 1)


def test_adding_again_takes_the_present_price_as_seen(client, buyer):
    item = CartItemFactory(cart__user=buyer, added_price_amount=1)

    body = client.post(URL, {"variant_id": str(item.variant_id), "quantity": 1}).json()

    assert body["warnings"] == []


# Versions


def test_expected_version_lets_the_right_one_through(client, buyer):
    item = CartItemFactory(cart__user=buyer, cart__version=7)
    body = {"variant_id": str(item.variant_id), "quantity": 1, "expected_version": 7}

    assert client.post(URL, body).json()["version"] == 8


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", URL, {"quantity": 1}),
        ("patch", URL + "/items/{item}", {"quantity": 2}),
        ("delete", URL + "/items/{item}?expected_version=6", None),
        ("delete", URL + "?expected_version=6", None),
        ("post", URL + "/sync", {"items": []}),
    ],
)
def test_another_version_is_409_with_the_present_one(client, buyer, method, path, body):
    item = CartItemFactory(cart__user=buyer, cart__version=7)
    if body is not None:
        body = {**body, "variant_id": str(item.variant_id), "expected_version": 6}

    response = getattr(client, method)(path.format(item=item.pk), body)

    assert response.status_code == 409
    assert error_of(response)["code"] == "cart_version_conflict"
    assert error_of(response)["details"][0]["version"] == 7
    item.refresh_from_db()
    item.cart.refresh_from_db()
    assert (item.quantity, item.cart.version) == (1, 7)


def test_cart_that_is_not_there_yet_is_at_version_0(client):
    variant = VariantFactory()
    body = {"variant_id": str(variant.pk), "quantity": 1}

    refused = client.post(URL, {**body, "expected_version": 1})
    taken = client.post(URL, {**body, "expected_version": 0})

    assert (refused.status_code, taken.status_code) == (409, 200)
    assert Cart.objects.count() == 1


@pytest.mark.parametrize("version", ["x", "-1", "1.0", "9999999999999999999999"])
def test_bad_expected_version_is_400(client, buyer, version):
    CartItemFactory(cart__user=buyer)

    response = client.delete(f"{URL}?expected_version={version}")

    assert response.status_code == 400
    assert error_of(response)["details"][0]["field"] == "expected_version"
    assert CartItem.objects.count() == 1


# Changing


def test_change_sets_the_quantity(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=2)

    response = client.patch(f"{URL}/items/{item.pk}", {"quantity": 10})

    assert response.status_code == 200
    assert (response.json()["item_count"], response.json()["version"]) == (10, 1)


def test_change_beyond_the_stock_is_409_with_what_is_available(client, buyer):
    item = CartItemFactory(cart__user=buyer)

    response = client.patch(f"{URL}/items/{item.pk}", {"quantity": 11})

    assert response.status_code == 409
    assert error_of(response)["details"][0]["available"] == 10
    item.refresh_from_db()
    assert item.quantity == 1


@pytest.mark.parametrize("quantity", [0, 1000, None, "2"])
def test_change_to_a_bad_quantity_is_400(client, buyer, quantity):
    item = CartItemFactory(cart__user=buyer)

    response = client.patch(f"{URL}/items/{item.pk}", {"quantity": quantity})

    assert response.status_code == 400
    item.refresh_from_db()
    assert item.quantity == 1


def test_change_without_a_quantity_is_400(client, buyer):
    item = CartItemFactory(cart__user=buyer)

    assert client.patch(f"{URL}/items/{item.pk}", {}).status_code == 400


def test_remove_takes_one_line_out(client, buyer):
    item = CartItemFactory(cart__user=buyer)
    kept = CartItemFactory(cart=item.cart)

    response = client.delete(f"{URL}/items/{item.pk}")

    assert response.status_code == 200
    assert response.json()["version"] == 1
    assert list(CartItem.objects.all()) == [kept]


def test_line_that_is_gone_from_sale_can_still_be_removed(client, buyer):
    item = CartItemFactory(cart__user=buyer, variant__is_active=False)

    assert client.delete(f"{URL}/items/{item.pk}").json()["warnings"] == []


def test_clear_empties_the_cart_and_repeated_changes_nothing(client, buyer):
    item = CartItemFactory(cart__user=buyer)
    CartItemFactory(cart=item.cart)
    stranger = CartItemFactory()

    first, second = client.delete(URL), client.delete(URL)

    assert first.json()["groups"] == []
    assert (first.json()["version"], second.json()["version"]) == (1, 1)
    assert list(CartItem.objects.all()) == [stranger]


def test_clear_without_a_cart_creates_nothing(client):
    assert client.delete(URL).status_code == 200
    assert Cart.objects.count() == 0


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_lines_of_others_are_404(api, client, method):
    theirs = CartItemFactory()
    guests = CartItemFactory(cart=GuestCartFactory())

    for caller in (api, client):
        for item_id in (theirs.pk, guests.pk, uuid.uuid4(), "no-id"):
            response = getattr(caller, method)(f"{URL}/items/{item_id}", {"quantity": 2})
            assert response.status_code == 404

    assert set(CartItem.objects.values_list("quantity", flat=True)) == {1}
    assert CartItem.objects.count() == 2


def test_methods_that_are_not_there_are_405(client):
    assert client.put(URL, {}).status_code == 405
    assert client.get(URL + "/sync").status_code == 405


# Guests


def test_first_add_of_a_guest_answers_with_a_token(api):
    variant = VariantFactory()

    response = api.post(URL, {"variant_id": str(variant.pk), "quantity": 2})

    token = response.json()["token"]
    assert response.status_code == 200
    assert response["X-Cart-Token"] == token
    assert len(token) >= 22  # 128 bits in base64
    cart = Cart.objects.get()
    assert (cart.user, cart.token_hash) == (None, hash_token(token))
    assert token not in cart.token_hash
    assert timedelta(days=29) < cart.expires_at - timezone.now() <= timedelta(days=30)
    assert api.get(URL, HTTP_X_CART_TOKEN=token).json()["item_count"] == 2


def test_guest_keeps_the_cart_by_the_token(api):
    item = CartItemFactory(cart=GuestCartFactory(token="secret"))
    other = VariantFactory()

    api.credentials(HTTP_X_CART_TOKEN="secret")
    added = api.post(URL, {"variant_id": str(other.pk), "quantity": 1})
    changed = api.patch(f"{URL}/items/{item.pk}", {"quantity": 4})
    removed = api.delete(f"{URL}/items/{item.pk}")

    assert (added.json()["token"], added["X-Cart-Token"]) == ("secret", "secret")
    assert changed.json()["item_count"] == 5
    assert removed.json()["item_count"] == 1
    assert Cart.objects.get().version == 3


def test_change_puts_the_expiry_off(api):
    soon = timezone.now() + timedelta(hours=1)
    item = CartItemFactory(cart=GuestCartFactory(token="secret", expires_at=soon))

    api.patch(f"{URL}/items/{item.pk}", {"quantity": 2}, HTTP_X_CART_TOKEN="secret")

    item.cart.refresh_from_db()
    assert item.cart.expires_at > timezone.now() + timedelta(days=29)


@pytest.mark.parametrize("token", ["", "unknown", "expired", "é", "x" * 5000])
def test_get_with_a_token_that_opens_nothing_is_an_empty_cart(api, token):
    expired = GuestCartFactory(token="expired", expires_at=timezone.now() - timedelta(seconds=1))
    CartItemFactory(cart=expired)

    response = api.get(URL, HTTP_X_CART_TOKEN=token)

    assert response.status_code == 200
    assert (response.json()["id"], response.json()["token"]) == (None, None)
    assert "X-Cart-Token" not in response
    assert Cart.objects.count() == 1


@pytest.mark.parametrize("token", ["unknown", "expired"])
def test_post_with_a_token_that_opens_nothing_makes_a_new_cart(api, token):
    expired = GuestCartFactory(token="expired", expires_at=timezone.now() - timedelta(seconds=1))
    variant = VariantFactory()

    response = api.post(
        URL, {"variant_id": str(variant.pk), "quantity": 1}, HTTP_X_CART_TOKEN=token
    )

    assert response.json()["token"] not in {None, token}
    assert response.json()["id"] != str(expired.pk)
    assert Cart.objects.count() == 2


def test_guests_token_is_ignored_for_a_user(client, buyer):
    guest = CartItemFactory(cart=GuestCartFactory(token="secret"))
    client.credentials(HTTP_X_CART_TOKEN="secret")

    read = client.get(URL)
    changed = client.patch(f"{URL}/items/{guest.pk}", {"quantity": 3})
    added = client.post(URL, {"variant_id": str(guest.variant_id), "quantity": 2})

    assert (read.json()["id"], changed.status_code) == (None, 404)
    assert (added.json()["token"], added.json()["item_count"]) == (None, 2)
    guest.refresh_from_db()
    assert guest.quantity == 1


def test_shops_own_goods_can_be_looked_at_in_a_cart(api_as):
    """Whether they may be bought is the checkout's to say."""
    shop = ShopFactory()
    variant = VariantFactory(product__shop=shop)

    response = api_as(shop.owner).post(URL, {"variant_id": str(variant.pk), "quantity": 1})

    assert response.status_code == 200
