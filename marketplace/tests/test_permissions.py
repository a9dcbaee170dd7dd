"""Every address of the API × every kind of caller.

The addresses come from the URLconf and the table below says who may use each: a new route without
a line in it fails here.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.constants import ApiScope
from accounts.models import ApiKey, User
from accounts.services.api_keys import create_api_key
from accounts.tests.factories import AddressFactory, UserFactory
from marketplace.tests.routes import PREFIX, addresses
from marketplace.tests.state import database_state
from marketplace.tests.world import World, bearer
from shops.constants import ShopStatus, TeamRole
from shops.tests.factories import ShopFactory

CALLERS = (
    "guest",
    "buyer",
    "other_buyer",
    "seller",
    "other_seller",
    "pending_seller",
    "suspended",
    "staff",
)
# Who has to do with a shop without owning it. Elsewhere they are buyers like others: they walk over
# the sellers' routes alone.
TEAM = ("catalogue_member", "orders_member", "finance_member")
NO_TEAM = ("former_member", "invited")


def open_to(callers: str, **others: int) -> dict[str, int | None]:
    """Return what each caller gets: None where the door is open, else the status of the refusal."""
    everybody = (*CALLERS, *TEAM, *NO_TEAM)
    allowed = everybody if callers == "all" else callers.split()
    return {caller: None if caller in allowed else others.get(caller, 404) for caller in everybody}


def and_members(door: dict[str, int | None], *roles: str) -> dict[str, int | None]:
    """Return an owners' door that is open to members with these roles as well."""
    return door | {f"{role}_member": None for role in roles}


_OUT = {"guest": 401, "suspended": 401}
SIGNED_IN = " ".join(
    ("buyer other_buyer seller other_seller pending_seller staff", *TEAM, *NO_TEAM)
)
WITHOUT_SHOP = dict.fromkeys(("buyer", "other_buyer", "staff", *TEAM, *NO_TEAM), 403)

# What everybody may read is answered without looking at who asks.
PUBLIC = open_to("all")
CART = PUBLIC | {"suspended": 401}
USER = open_to(SIGNED_IN, **_OUT)
OWN_BUYER = open_to("buyer", **_OUT)
SHOP = open_to("seller other_seller pending_seller", **_OUT, **WITHOUT_SHOP)
OWN_SHOP = open_to("seller", **_OUT, **WITHOUT_SHOP)

# What members of the team may do as well; the two above are the owner's alone.
CATALOGUE, OWN_CATALOGUE = (and_members(door, "catalogue") for door in (SHOP, OWN_SHOP))
ORDERS, OWN_ORDERS = (and_members(door, "orders") for door in (SHOP, OWN_SHOP))
MONEY, OWN_MONEY = (and_members(door, "finance") for door in (SHOP, OWN_SHOP))
OWN_BILLS = and_members(OWN_ORDERS, "finance")
WHOLE_TEAM = and_members(SHOP, *TeamRole.values)
MEMBERSHIP = and_members(OWN_BUYER | {"buyer": 404, "seller": None}, *TeamRole.values)

# No provider is set up here, so nobody finds where they report; signatures have tests of their own.
PROVIDER = open_to("")
_NO_STAFF = dict.fromkeys(("buyer", "other_buyer", "seller", "other_seller", "pending_seller"), 403)
STAFF = open_to("staff", **_OUT, **_NO_STAFF)

# Path → methods → who. Braces stand for the row of the buyer's or seller's that `World` knows.
TABLE: dict[str, dict[str, dict[str, int | None]]] = {
    "auth/register": {"post": PUBLIC},
    "auth/verify-otp": {"post": PUBLIC},
    "auth/resend-otp": {"post": PUBLIC},
    "auth/login": {"post": PUBLIC},
    "auth/refresh": {"post": PUBLIC},
    "auth/logout": {"post": PUBLIC},
    "auth/logout-all": {"post": USER},
    "auth/forgot-password": {"post": PUBLIC},
    "auth/reset-password": {"post": PUBLIC},
    "auth/change-password": {"post": USER},
    "profile": {"get": USER, "put": USER, "patch": USER, "delete": USER},
    "profile/avatar": {"put": USER, "delete": USER},
    "profile/export": {"get": USER},
    "profile/addresses": {"get": USER, "post": USER},
    "profile/addresses/{}": {
        "get": OWN_BUYER,
        "put": OWN_BUYER,
        "patch": OWN_BUYER,
        "delete": OWN_BUYER,
    },
    "profile/addresses/{}/default": {"post": OWN_BUYER},
    "categories": {"get": PUBLIC},
    "categories/{}": {"get": PUBLIC},
    "banners": {"get": PUBLIC},
    "brands": {"get": PUBLIC},
    "brands/{}": {"get": PUBLIC},
    "products": {"get": PUBLIC},
    "products/search": {"get": PUBLIC},
    "products/search/clicks": {"post": PUBLIC},
    "products/suggest": {"get": PUBLIC},
    "products/{}": {"get": PUBLIC},
    "products/{}/variants": {"get": PUBLIC},
    "products/{}/images": {"get": PUBLIC},
    "products/{}/related": {"get": PUBLIC},
    "products/{}/views": {"post": PUBLIC},
    "products/{}/alerts": {"post": USER},
    "wishlists": {"get": USER, "post": USER},
    "wishlists/default/items": {"post": USER},
    "wishlists/shared/{}": {"get": PUBLIC},
    "wishlists/{}": {"get": OWN_BUYER, "patch": OWN_BUYER, "delete": OWN_BUYER},
    "wishlists/{}/share": {"post": OWN_BUYER, "delete": OWN_BUYER},
    "wishlists/{}/items": {"get": OWN_BUYER, "post": OWN_BUYER},
    "wishlists/{}/items/{}": {"patch": OWN_BUYER, "delete": OWN_BUYER},
    "alerts": {"get": USER},
    "alerts/{}": {"delete": OWN_BUYER},
    "products/{}/reviews": {"get": PUBLIC},
    "products/{}/questions": {"get": PUBLIC, "post": USER},
    "shops": {"get": PUBLIC},
    "shops/{}": {"get": PUBLIC},
    "stores": {"get": PUBLIC},
    "cart": {"get": CART, "post": CART, "delete": CART},
    "cart/sync": {"post": CART},
    "cart/items/{}": {"patch": OWN_BUYER, "delete": OWN_BUYER},
    "orders": {"get": USER, "post": USER},
    "orders/quote": {"post": USER},
    "orders/{}": {"get": OWN_BUYER},
    "orders/{}/cancel": {"post": OWN_BUYER},
    "orders/{}/confirm": {"post": OWN_BUYER},
    "orders/{}/invoice": {"get": OWN_BUYER},
    "orders/{}/returns": {"get": OWN_BUYER, "post": OWN_BUYER},
    "returns": {"get": USER},
    "returns/{}": {"get": OWN_BUYER},
    "returns/{}/cancel": {"post": OWN_BUYER},
    "returns/{}/dispute": {"post": OWN_BUYER},
    "checkouts/{}": {"get": OWN_BUYER},
    "checkouts/{}/pay": {"post": OWN_BUYER},
    "payments/{}": {"get": OWN_BUYER},
    "reviews": {"get": USER, "post": USER},
    "reviews/{}": {"get": OWN_BUYER, "put": OWN_BUYER, "patch": OWN_BUYER, "delete": OWN_BUYER},
    "reviews/{}/helpful": {"post": USER, "delete": USER},
    "reviews/{}/report": {"post": USER},
    "reviews/{}/images": {"post": OWN_BUYER},
    "reviews/{}/images/{}": {"delete": OWN_BUYER},
    "questions": {"get": USER},
    "questions/{}": {"get": OWN_BUYER, "patch": OWN_BUYER, "delete": OWN_BUYER},
    "questions/{}/report": {"post": USER},
    "payments/return/{}": {"get": PROVIDER},
    "webhooks/ghtk": {"post": PROVIDER},
    "webhooks/momo": {"post": PROVIDER},
    "webhooks/stripe": {"post": PROVIDER},
    "webhooks/viettelpost": {"post": PROVIDER},
    "webhooks/vnpay": {"get": PROVIDER},
    "notifications": {"get": USER},
    "notifications/unread-count": {"get": USER},
    "notifications/{}/read": {"patch": OWN_BUYER},
    "notifications/read-all": {"post": USER},
    "notifications/preferences": {"get": USER, "put": USER},
    "seller/shops": {"post": USER},
    "seller/shops/me": {"get": WHOLE_TEAM, "put": SHOP, "patch": SHOP},
    "seller/shops/me/holiday": {"put": SHOP, "delete": SHOP},
    "seller/shops/me/logo": {"put": SHOP},
    "seller/shops/me/banner": {"put": SHOP},
    "seller/team": {"get": SHOP},
    "seller/team/owner": {"post": SHOP},
    "seller/team/members/{}": {"patch": OWN_SHOP, "delete": OWN_SHOP},
    "seller/team/invitations": {"post": SHOP},
    "seller/team/invitations/{}": {"delete": OWN_SHOP},
    "seller/team/invitations/{}/resend": {"post": OWN_SHOP},
    "seller/memberships": {"get": USER},
    "seller/memberships/accept": {"post": USER},
    "seller/memberships/{}": {"delete": MEMBERSHIP},
    "seller/products": {"get": CATALOGUE, "post": CATALOGUE},
    "seller/products/import": {"post": CATALOGUE},
    "seller/products/import/template": {"get": CATALOGUE},
    "seller/products/export": {"get": CATALOGUE},
    "seller/imports": {"get": CATALOGUE},
    "seller/imports/{}": {"get": OWN_CATALOGUE},
    "seller/imports/{}/errors": {"get": OWN_CATALOGUE},
    "seller/imports/{}/cancel": {"post": OWN_CATALOGUE},
    "seller/products/{}": {
        "get": OWN_CATALOGUE,
        "put": OWN_CATALOGUE,
        "patch": OWN_CATALOGUE,
        "delete": OWN_CATALOGUE,
    },
    "seller/products/{}/variants": {"post": OWN_CATALOGUE},
    "seller/products/{}/images": {"post": OWN_CATALOGUE},
    "seller/uploads": {"post": CATALOGUE},
    "seller/variants/{}": {"patch": OWN_CATALOGUE, "delete": OWN_CATALOGUE},
    "seller/variants/{}/stock": {"patch": OWN_CATALOGUE},
    "seller/images/{}": {"patch": OWN_CATALOGUE, "delete": OWN_CATALOGUE},
    "admin/dashboard": {"get": STAFF},
    "admin/users": {"get": STAFF},
    "admin/users/{}/suspend": {"patch": STAFF},
    "admin/shops": {"get": STAFF},
    "admin/shops/{}/status": {"patch": STAFF},
    "admin/products": {"get": STAFF},
    "admin/products/{}/status": {"patch": STAFF},
    "admin/categories": {"post": STAFF},
    "admin/categories/{}": {"patch": STAFF, "delete": STAFF},
    "admin/categories/{}/image": {"put": STAFF, "delete": STAFF},
    "admin/banners": {"get": STAFF, "post": STAFF},
    "admin/banners/order": {"put": STAFF},
    "admin/banners/{}": {"patch": STAFF, "delete": STAFF},
    "admin/banners/{}/image": {"put": STAFF, "delete": STAFF},
    "admin/brands": {"post": STAFF},
    "admin/brands/{}": {"patch": STAFF, "delete": STAFF},
    "admin/brands/{}/logo": {"put": STAFF, "delete": STAFF},
    "admin/refunds": {"get": STAFF},
    "admin/refunds/{}/close": {"post": STAFF},
    "seller/dashboard": {"get": WHOLE_TEAM},
    "seller/standing": {"get": WHOLE_TEAM},
    "seller/standing/{}": {"get": ORDERS},
    "seller/orders": {"get": ORDERS},
    "seller/orders/bulk/confirm": {"post": ORDERS},
    "seller/orders/bulk/labels": {"get": ORDERS, "post": ORDERS},
    "seller/orders/{}": {"get": OWN_ORDERS},
    "seller/orders/{}/status": {"patch": OWN_ORDERS},
    "seller/orders/{}/invoice": {"get": OWN_BILLS},
    "seller/orders/{}/shipments": {"post": OWN_ORDERS},
    "seller/orders/{}/shipments/{}/cancel": {"post": OWN_ORDERS},
    "seller/orders/{}/label": {"get": OWN_ORDERS},
    "seller/orders/{}/refunds": {"get": OWN_BILLS, "post": OWN_MONEY},
    "seller/returns": {"get": ORDERS},
    "seller/returns/{}": {"get": OWN_ORDERS, "patch": OWN_ORDERS},
    "vouchers/validate": {"post": USER},
    "vouchers/available": {"get": USER},
    "seller/vouchers": {"get": CATALOGUE, "post": CATALOGUE},
    "seller/vouchers/{}": {
        "get": OWN_CATALOGUE,
        "put": OWN_CATALOGUE,
        "patch": OWN_CATALOGUE,
        "delete": OWN_CATALOGUE,
    },
    "seller/balance": {"get": MONEY},
    "seller/ledger": {"get": MONEY},
    "seller/statements": {"get": MONEY},
    "seller/statements/{}": {"get": OWN_MONEY},
    "seller/statements/{}/pdf": {"get": OWN_MONEY},
    "seller/payouts": {"get": MONEY},
    "seller/payouts/{}": {"get": OWN_MONEY},
    "seller/payouts/{}/explain": {"get": OWN_MONEY},
    "seller/stores": {"get": CATALOGUE, "post": CATALOGUE},
    "seller/stores/{}": {
        "get": OWN_CATALOGUE,
        "put": OWN_CATALOGUE,
        "patch": OWN_CATALOGUE,
        "delete": OWN_CATALOGUE,
    },
    "seller/reviews": {"get": CATALOGUE},
    "seller/reviews/{}/reply": {"post": OWN_CATALOGUE},
    "seller/questions": {"get": CATALOGUE},
    "seller/questions/{}/answer": {"post": OWN_CATALOGUE},
    "seller/webhooks": {"get": SHOP, "post": SHOP},
    "seller/webhooks/{}": {"get": OWN_SHOP, "patch": OWN_SHOP, "delete": OWN_SHOP},
    "seller/webhooks/{}/rotate-secret": {"post": OWN_SHOP},
    "seller/webhooks/{}/deliveries": {"get": OWN_SHOP},
    "seller/webhooks/deliveries/{}/replay": {"post": OWN_SHOP},
    "admin/webhooks": {"get": STAFF, "post": STAFF},
    "admin/webhooks/{}": {"get": STAFF, "patch": STAFF, "delete": STAFF},
    "admin/webhooks/{}/rotate-secret": {"post": STAFF},
    "admin/webhooks/{}/deliveries": {"get": STAFF},
    "admin/webhooks/deliveries/{}/replay": {"post": STAFF},
    "seller/api-keys": {"get": SHOP, "post": SHOP},
    "seller/api-keys/{}": {"delete": OWN_SHOP},
}

# What a guest may reach of the cart is his own: without a token there is no item to be found.
TABLE["cart/items/{}"] = {method: OWN_BUYER | {"guest": 404} for method in ("patch", "delete")}

BODIES: dict[str, dict[str, Any]] = {"cart/items/{}": {"quantity": 2}}


def make_people(world: World) -> dict[str, User]:
    """Return somebody of each kind; the buyer and the seller are the owners of the world's rows."""
    other_buyer = AddressFactory().user
    return {
        "buyer": world.buyer,
        "other_buyer": other_buyer,
        "seller": world.seller,
        "other_seller": ShopFactory().owner,
        "pending_seller": ShopFactory(status=ShopStatus.PENDING).owner,
        "suspended": UserFactory(),
        "staff": world.staff,
        **world.team,
    }


def anonymous(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def test_every_route_says_who_may_use_it():
    declared = {path: set(methods) for path, methods in TABLE.items()}

    assert declared == {
        anonymous(template).removeprefix(PREFIX).strip("/"): methods
        for template, methods in addresses().items()
    }


CASES = [(path, method) for path, methods in TABLE.items() for method in methods]


@pytest.mark.no_cover
@pytest.mark.django_db
@pytest.mark.parametrize(("path", "method"), CASES, ids=lambda value: value or "root")
def test_route_is_open_to_exactly_who_may_use_it(path, method, world):
    people = make_people(world)
    headers = {name: bearer(user) for name, user in people.items()}
    User.objects.filter(pk=people["suspended"].pk).update(suspended_at=timezone.now())
    url = world.path(f"{PREFIX}/{path}".rstrip("/"))
    # The owner comes last: some calls use up what they are about.
    expected = TABLE[path][method]
    callers = (*TEAM, *NO_TEAM, *CALLERS) if path.startswith("seller/") else CALLERS
    order = sorted(callers, key=lambda caller: expected[caller] is None)
    before = database_state()

    for caller in order:
        with undone() if caller in TEAM else nullcontext():
            response = call(method, url, headers.get(caller, {}), BODIES.get(path, {}))
        if expected[caller] is not None:
            assert response.status_code == expected[caller], (caller, response.content)
            assert database_state() == before, f"A refused {method} {url} changed something"
            if caller in TEAM and response.status_code == 403:
                assert code_of(response) == "role_required", (caller, response.content)
        else:
            assert response.status_code not in {401, 404, 405}, (caller, response.content)
            assert response.status_code < 500, (caller, response.content)
            refused = {"permission_denied", "role_required", "no_shop"}
            assert code_of(response) not in refused, (caller, response.content)


def keyed(method: str, path: str) -> str | None:
    """Return the scope that an API key needs for a route; None where keys open nothing."""
    reads = {"get": "read"}.get(method, "write")
    if path.startswith(("seller/orders", "seller/returns")):
        return f"{reads}:orders"
    products = ("products", "imports", "variants", "images", "uploads")
    return f"{reads}:products" if path.startswith(tuple(f"seller/{p}" for p in products)) else None


CLOSED_CASES = [case for case in CASES if TABLE[case[0]][case[1]]["guest"] == 401]
KEYED_CASES = [case for case in CASES if keyed(case[1], case[0])]


def key_of(user: User, *scopes: str) -> dict[str, str]:
    return {
        "X-API-Key": create_api_key(user.pk, shop_id=user.shop.pk, name="ERP", scopes=list(scopes))[
            1
        ]
    }


@pytest.mark.django_db
def test_key_opens_nothing_beyond_its_scopes(world):
    keys = {scope: key_of(world.seller, scope) for scope in ApiScope.values}
    # Written down before, so that using them changes no row.
    ApiKey.objects.update(last_used_at=timezone.now())
    before = database_state()

    for path, method in CLOSED_CASES:
        needed = keyed(method, path)
        url = world.path(f"{PREFIX}/{path}".rstrip("/"))
        for scope, headers in keys.items():
            if scope != needed:
                response = call(method, url, headers, BODIES.get(path, {}))
                expected = (403, "permission_denied") if needed else (401, "not_authenticated")
                assert (response.status_code, code_of(response)) == expected, (method, path, scope)
    assert database_state() == before


@pytest.mark.no_cover
@pytest.mark.django_db
@pytest.mark.parametrize(("path", "method"), KEYED_CASES)
def test_key_with_the_scope_opens_the_shops_own_rows_alone(path, method, world):
    scope = keyed(method, path)
    url = world.path(f"{PREFIX}/{path}")
    other = key_of(ShopFactory().owner, scope)
    owner = ShopFactory().owner
    suspended = key_of(owner, scope)
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())
    spoiled = {"X-API-Key": next(iter(other.values()))[:-1]}
    ApiKey.objects.update(last_used_at=timezone.now())
    before = database_state()

    refused = [(suspended, 403), (spoiled, 401)]
    for headers, status in refused + ([(other, 404)] if "{}" in path else []):
        assert call(method, url, headers, {}).status_code == status
    assert database_state() == before
    response = call(method, url, key_of(world.seller, scope), {})
    assert response.status_code not in {401, 403, 404, 405}, response.content
    assert response.status_code < 500


@contextmanager
def undone() -> Iterator[None]:
    """Leave for the owner what a member was allowed to use up."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def call(method: str, url: str, headers: dict[str, str], body: dict[str, Any]) -> Any:
    client = APIClient()
    return getattr(client, method)(url, body if method != "get" else None, headers=headers)


def code_of(response: Any) -> str:
    is_json = response.headers.get("Content-Type", "").startswith("application/json")
    body = response.json() if is_json and response.content else {}
    return body["error"]["code"] if isinstance(body, dict) and "error" in body else ""
