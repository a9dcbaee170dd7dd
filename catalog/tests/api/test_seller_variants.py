"""A seller's variants and their stock over HTTP."""

import pytest
from django.forms import model_to_dict

from catalog.constants import ProductStatus
from catalog.inventory.models import StockItem, StockMovement
from catalog.inventory.services import ReservationRequest, reserve
from catalog.models import ProductVariant
from catalog.tests.factories import ProductFactory, VariantFactory
from marketplace.common.ids import uuid7
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def variant(shop):
    return VariantFactory(product__shop=shop, price_amount=100_000)


def url_of(variant, suffix=""):
    return f"/api/v1/seller/variants/{variant.pk}{suffix}"


def fields_of(response):
    assert response.status_code == 400, response.content
    return [row["field"] for row in response.json()["error"]["details"]]


def test_post_adds_a_variant_with_its_stock(seller, variant):
    response = seller.post(
        f"/api/v1/seller/products/{variant.product_id}/variants",
        {"sku": "NEW", "name": "L", "price": "90000", "stock": 4, "weight_grams": 300},
    )

    assert response.status_code == 201
    data = response.json()
    assert (data["sku"], data["price"], data["stock"], data["available"]) == ("NEW", "90000", 4, 4)
    variant.product.refresh_from_db()
    assert variant.product.min_price_amount == 90_000


def test_post_refuses_what_a_product_refuses(seller, variant):
    url = f"/api/v1/seller/products/{variant.product_id}/variants"

    assert fields_of(seller.post(url, {})) == ["sku", "price"]
    assert fields_of(seller.post(url, {"sku": "N", "price": "1", "compare_at_price": "1"})) == [
        "compare_at_price"
    ]
    taken = seller.post(url, {"sku": variant.sku.lower(), "price": "1"})
    assert taken.status_code == 409
    assert taken.json()["error"]["details"][0]["field"] == "sku"
    assert variant.product.variants.count() == 1


def test_patch_changes_the_given_fields_only(seller, variant):
    response = seller.patch(
        url_of(variant),
        {"price": "80000", "compare_at_price": "100000", "attributes": {"Màu": "Đỏ"}},
    )

    assert response.status_code == 200, response.content
    assert response.json()["compare_at_price"] == "100000"
    variant.refresh_from_db()
    assert (variant.price_amount, variant.attributes) == (80_000, {"Màu": "Đỏ"})
    assert (variant.name, variant.weight_grams) == ("M", 500)
    assert seller.patch(url_of(variant), {"compare_at_price": None}).status_code == 200
    variant.refresh_from_db()
    assert variant.compare_at_price_amount is None


def test_patch_leaves_what_is_not_the_sellers(seller, variant):
    before = model_to_dict(ProductVariant.objects.get(pk=variant.pk))

    response = seller.patch(
        url_of(variant),
        {
            "id": str(uuid7()),
            "product": str(ProductFactory().pk),
            "product_id": str(ProductFactory().pk),
            "shop": str(ShopFactory().pk),
            "shop_id": str(ShopFactory().pk),
            "price_amount": 1,
            "stock": 77,
            "available": 77,
            "reserved": 77,
            "archived_at": "2020-01-01T00:00:00Z",
        },
    )

    assert response.status_code == 200
    assert model_to_dict(ProductVariant.objects.get(pk=variant.pk)) == before
    assert StockItem.objects.get(variant=variant).on_hand == 10


def test_patch_names_what_is_wrong(seller, variant):
    assert fields_of(seller.patch(url_of(variant), {"price": "0"})) == ["price"]
    assert fields_of(seller.patch(url_of(variant), {"price": None})) == ["price"]
    assert fields_of(seller.patch(url_of(variant), {"compare_at_price": "100000"})) == [
        "compare_at_price"
    ]
    assert fields_of(seller.patch(url_of(variant), {"position": 40_000})) == ["position"]


def test_the_last_active_variant_of_an_active_product_stays(seller, variant):
    for response in (
        seller.delete(url_of(variant)),
        seller.patch(url_of(variant), {"is_active": False}),
    ):
        assert response.status_code == 409
        assert response.json()["error"]["code"] == "no_active_variant"
    variant.refresh_from_db()
    assert variant.is_active
    assert variant.archived_at is None


def test_delete_frees_the_sku(seller, shop):
    variant = VariantFactory(product__shop=shop, product__status=ProductStatus.DRAFT, sku="A1")

    assert seller.delete(url_of(variant)).status_code == 204
    assert seller.delete(url_of(variant)).status_code == 404
    response = seller.post(
        f"/api/v1/seller/products/{variant.product_id}/variants", {"sku": "A1", "price": "1"}
    )

    assert response.status_code == 201


# Stock


@pytest.mark.parametrize(
    ("body", "on_hand", "delta", "reason", "note"),
    [
        ({"on_hand": 25, "reason": "received"}, 25, 15, "received", ""),
        ({"delta": 5}, 15, 5, "adjusted", ""),
        ({"delta": -10, "reason": "damaged"}, 0, -10, "damaged", ""),
        ({"on_hand": 7, "reason": "Kiểm kho"}, 7, -3, "adjusted", "Kiểm kho"),
        # Sales are the system's to write.
        ({"delta": -1, "reason": "sold"}, 9, -1, "adjusted", "sold"),
    ],
)
def test_stock_is_set_or_changed_and_written_down(
    seller, shop, variant, body, on_hand, delta, reason, note
):
    response = seller.patch(url_of(variant, "/stock"), body)

    assert response.status_code == 200, response.content
    assert response.json() == {
        "variant_id": str(variant.pk),
        "on_hand": on_hand,
        "reserved": 0,
        "available": on_hand,
        "low_stock_threshold": 5,
        "is_low": on_hand <= 5,
    }
    movement = StockMovement.objects.order_by("-id").first()
    assert (movement.delta, movement.reason, movement.note) == (delta, reason, note)
    assert movement.actor == shop.owner
    variant.product.refresh_from_db()
    assert variant.product.in_stock == (on_hand > 0)


@pytest.mark.parametrize("units", [{}, {"on_hand": 10}, {"delta": 0}, {"delta": 2}])
def test_threshold_is_set_alone_or_with_the_units(seller, variant, units):
    response = seller.patch(url_of(variant, "/stock"), {**units, "low_stock_threshold": 12})

    on_hand = 12 if units == {"delta": 2} else 10
    assert response.status_code == 200, response.content
    assert response.json() == {
        "variant_id": str(variant.pk),
        "on_hand": on_hand,
        "reserved": 0,
        "available": on_hand,
        "low_stock_threshold": 12,
        "is_low": True,
    }
    assert StockItem.objects.get().low_stock_threshold == 12


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"on_hand": 1, "delta": 1},
        {"reason": "received"},
        {"on_hand": -1},
        {"on_hand": 10**9},
        {"on_hand": 2**63},
        {"on_hand": "5"},
        {"on_hand": 1.5},
        {"on_hand": True},
        {"on_hand": None},
        {"delta": -(10**9)},
        {"delta": "x"},
        {"delta": 1, "reason": "x" * 256},
        {"delta": 1, "reason": 5},
        {"low_stock_threshold": -1},
        {"low_stock_threshold": 10**9},
        {"low_stock_threshold": None},
    ],
)
def test_stock_refuses_what_makes_no_sense(seller, variant, body):
    assert fields_of(seller.patch(url_of(variant, "/stock"), body))

    assert StockItem.objects.get(variant=variant).on_hand == 10
    assert StockMovement.objects.count() == 1


@pytest.mark.breaks_invariants  # reserves without an order
def test_stock_does_not_go_below_what_is_promised(seller, variant):
    reserve(
        [ReservationRequest(reference=uuid7(), variant_id=variant.pk, quantity=4)], expires_at=None
    )

    for body in ({"on_hand": 3}, {"delta": -7}, {"delta": -11}):
        response = seller.patch(url_of(variant, "/stock"), body)
        assert response.status_code == 409
        assert response.json()["error"]["code"] == "stock_is_reserved"
    assert StockItem.objects.get(variant=variant).on_hand == 10
    assert seller.patch(url_of(variant, "/stock"), {"on_hand": 4}).json()["available"] == 0


# Somebody else's


@pytest.mark.parametrize("known", [True, False])
def test_variants_of_another_shop_are_not_found_by_any_verb(seller, known):
    foreign = VariantFactory()
    before = model_to_dict(foreign)
    url = f"/api/v1/seller/variants/{foreign.pk if known else uuid7()}"

    for response in (
        seller.patch(url, {"price": "1"}),
        seller.patch(url, {"price": "nonsense"}),
        seller.delete(url),
        seller.patch(f"{url}/stock", {"on_hand": 0}),
    ):
        assert response.status_code == 404
    assert model_to_dict(ProductVariant.objects.get(pk=foreign.pk)) == before
    assert StockItem.objects.get(variant=foreign).on_hand == 10
