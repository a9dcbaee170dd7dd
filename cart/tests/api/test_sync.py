"""`POST /cart/sync`: a list that the client kept meets the stored cart."""

import uuid

import pytest

from cart.models import Cart, CartItem
from cart.tests.factories import CartFactory, CartItemFactory, GuestCartFactory
from catalog.inventory.models import StockItem
from catalog.tests.factories import ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/cart/sync"


def sync(client, *lines, **extra):
    items = [{"variant_id": str(pk), "quantity": quantity} for pk, quantity in lines]
    return client.post(URL, {"items": items}, **extra)


def contents():
    return dict(CartItem.objects.values_list("variant_id", "quantity"))


def test_higher_quantity_wins(client, buyer):
    cart = CartFactory(user=buyer)
    stored_more = CartItemFactory(cart=cart, quantity=5)
    sent_more = CartItemFactory(cart=cart, quantity=2)
    only_stored = CartItemFactory(cart=cart, quantity=1)
    only_sent = VariantFactory()

    response = sync(
        client, (stored_more.variant_id, 3), (sent_more.variant_id, 4), (only_sent.pk, 6)
    )

    assert response.status_code == 200
    assert contents() == {
        stored_more.variant_id: 5,
        sent_more.variant_id: 4,
        only_stored.variant_id: 1,
        only_sent.pk: 6,
    }
    body = response.json()
    assert (body["dropped"], body["warnings"], body["version"]) == ([], [], 1)
    assert body["item_count"] == 16


def test_quantity_is_cut_to_the_stock_with_a_warning(client):
    variant = VariantFactory(product__title="Áo", stock=4)

    response = sync(client, (variant.pk, 9))

    assert contents() == {variant.pk: 4}
    [warning] = response.json()["warnings"]
    assert (warning["code"], warning["message"]) == (
        "quantity_reduced",
        "The quantity of Áo was reduced to 4.",
    )
    assert response.json()["dropped"] == []


def test_gone_variants_are_dropped(client):
    kept, hidden = VariantFactory(), VariantFactory(is_active=False)
    sold_out, unknown = VariantFactory(stock=0), uuid.uuid4()

    response = sync(client, (hidden.pk, 1), (kept.pk, 1), (sold_out.pk, 1), (unknown, 1))

    assert response.json()["dropped"] == [str(hidden.pk), str(sold_out.pk), str(unknown)]
    assert contents() == {kept.pk: 1}


@pytest.mark.breaks_invariants  # sells out by hand
def test_stored_line_of_a_sold_out_variant_stays(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=2)
    StockItem.objects.update(on_hand=0)

    response = sync(client, (item.variant_id, 5))

    assert response.json()["dropped"] == [str(item.variant_id)]
    assert contents() == {item.variant_id: 2}


def test_same_sync_again_changes_nothing(client):
    variant = VariantFactory()

    first, second = sync(client, (variant.pk, 2)), sync(client, (variant.pk, 2))

    assert first.json() == second.json()


def test_variant_twice_in_the_list_counts_once_with_the_higher_quantity(client):
    variant = VariantFactory()

    sync(client, (variant.pk, 2), (variant.pk, 5), (variant.pk, 3))

    assert contents() == {variant.pk: 5}


def test_price_when_added_of_a_stored_line_stays(client, buyer):
    item = CartItemFactory(cart__user=buyer, added_price_amount=1)

    sync(client, (item.variant_id, 5))

    item.refresh_from_db()
    assert (item.quantity, item.added_price_amount) == (5, 1)


def test_guest_gets_a_cart_and_a_token(api):
    variant = VariantFactory()

    response = sync(api, (variant.pk, 2))

    assert response["X-Cart-Token"] == response.json()["token"]
    assert Cart.objects.get().user is None


def test_users_sync_merges_the_guests_cart_too(client, buyer):
    guest = GuestCartFactory(token="secret")
    both = CartItemFactory(cart=guest, quantity=3)
    CartItemFactory(cart__user=buyer, variant=both.variant, quantity=2)
    fresh = VariantFactory()

    response = sync(client, (fresh.pk, 1), HTTP_X_CART_TOKEN="secret")

    assert contents() == {both.variant_id: 5, fresh.pk: 1}
    assert (response.json()["version"], response.json()["token"]) == (1, None)
    assert list(Cart.objects.values_list("user", flat=True)) == [buyer.pk]


def test_more_than_100_lines_in_the_end_is_400(client, buyer):
    product = ProductFactory()
    cart = CartFactory(user=buyer)
    for _ in range(60):
        CartItemFactory(cart=cart, variant__product=product)
    variants = [VariantFactory(product=product) for _ in range(41)]

    response = sync(client, *((variant.pk, 1) for variant in variants))

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == "items"
    assert cart.items.count() == 60


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"),
        ({"items": None}, "items"),
        ({"items": {}}, "items"),
        ({"items": [1]}, "items.0"),
        ({"items": [{"variant_id": "x", "quantity": 1}]}, "items.0.variant_id"),
        ({"items": [{"variant_id": str(uuid.uuid4()), "quantity": 0}]}, "items.0.quantity"),
        (
            {"items": [{"variant_id": str(uuid.uuid4()), "quantity": 1}] * 101},
            "items",
        ),
    ],
)
def test_nonsense_is_400_and_names_the_field(client, body, field):
    response = client.post(URL, body)

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == field
    assert Cart.objects.count() == 0


@pytest.mark.parametrize("lines", [1, 30])
def test_sync_takes_the_same_queries_for_any_list(client, buyer, lines, django_assert_num_queries):
    CartFactory(user=buyer)
    variants = VariantFactory.create_batch(lines)

    # The savepoint and its end, lock, lines, offers, write, version; then the two of reading.
    with django_assert_num_queries(9):
        sync(client, *((variant.pk, 1) for variant in variants))

    assert len(contents()) == lines
