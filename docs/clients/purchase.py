"""A purchase with the Python client that `bin/clients` makes in `var/clients`.

PYTHONPATH=var/clients var/clients/venv/bin/python docs/clients/purchase.py \\
    http://127.0.0.1:8000 buyer@demo.test marketplace-demo
"""

import sys
import uuid
from typing import TypeVar

from marketplace_client import AuthenticatedClient, Client
from marketplace_client.api.auth import login
from marketplace_client.api.cart import cart_create
from marketplace_client.api.orders import orders_create, orders_retrieve
from marketplace_client.api.products import products_list, products_retrieve
from marketplace_client.api.profile import addresses_create
from marketplace_client.models import (
    AddItemRequest,
    AddressInputRequest,
    LoginInputRequest,
    OrderDetail,
    PaymentMethod,
    PlaceOrderInputRequest,
    Refusal,
)

T = TypeVar("T")


def answer(parsed: T | Refusal | None) -> T:
    """Return what was asked for; a refusal has a code to act upon."""
    if isinstance(parsed, Refusal):
        raise SystemExit(f"{parsed.error.code}: {parsed.error.message}")
    if parsed is None:
        raise SystemExit("an answer that the document does not have")
    return parsed


def buy(url: str, email: str, password: str) -> OrderDetail:
    guest = Client(base_url=url)
    signed_in = answer(
        login.sync(client=guest, body=LoginInputRequest(email=email, password=password))
    )
    client = AuthenticatedClient(base_url=url, token=signed_in.access)

    page = answer(products_list.sync(client=client, limit=20))
    card = next(product for product in page.results if product.in_stock)
    product = answer(products_retrieve.sync(card.slug, client=client))
    variant = next(variant for variant in product.variants if variant.available)
    cart = answer(
        cart_create.sync(client=client, body=AddItemRequest(quantity=1, variant_id=variant.id))
    )
    print(f"in the cart: {cart.item_count} for {cart.subtotal} {cart.currency}")

    address = AddressInputRequest(
        recipient_name=signed_in.user.full_name,
        phone_number="+84901234567",
        line1="12 Nguyễn Huệ",
        province="Hồ Chí Minh",
    )
    home = answer(addresses_create.sync(client=client, body=address))
    # With the same key, an order that was lost on its way may be sent again.
    placed = answer(
        orders_create.sync(
            client=client,
            body=PlaceOrderInputRequest(address_id=home.id, payment_method=PaymentMethod.COD),
            idempotency_key=str(uuid.uuid4()),
        )
    )
    return answer(orders_retrieve.sync(placed.orders[0].number, client=client))


if __name__ == "__main__":
    order = buy(*sys.argv[1:])
    print(f"order {order.number}: {order.status.value}, {order.total} {order.currency}")
