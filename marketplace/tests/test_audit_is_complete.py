"""Every change that staff and sellers can make over the API and in the console is written down."""

from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import setup_groups
from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import template
from catalog.models import Product, Synonym
from catalog.tests.factories import BannerFactory, BrandFactory, CategoryFactory, VariantFactory
from marketplace.common.audit.models import Entry
from marketplace.common.moderation.constants import Subject
from marketplace.common.moderation.models import ModerationReason
from marketplace.common.testing import image_upload
from marketplace.tests.bodies import example
from marketplace.tests.routes import PREFIX, operations
from marketplace.tests.routes import Operation as Route
from marketplace.tests.world import World, sign_in
from orders.constants import ActorKind as OrderActor
from orders.constants import OrderStatus
from orders.fulfilment.services import change_status
from orders.models import Order
from orders.payments.tests.factories import sent_otherwise
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import delivered, return_in
from orders.settlement.models import CommissionRule
from orders.tests.factories import place
from shops.services.holidays import set_holiday
from shops.tests.factories import ShippingMethodFactory
from shops.tokens import token_of

pytestmark = pytest.mark.django_db

# --- the REST API ---------------------------------------------------------------------------------

# What is answered without a row being changed.
NOTHING_CHANGES = {
    ("post", "seller/orders/bulk/labels"): "tells which orders have labels",
    ("post", "seller/uploads"): "hands out an address to upload to; the file is in no row yet",
}
NAMES = {
    "compare_at_price": "200000",
    "slug": "mot-hai",
    "opens": "08:00",
    "closes": "17:00",
    "contact_phone": "0912345678",
    "bank_account_number": "123456789012",
}


def parcel(world: World) -> dict[str, Any]:
    variant = VariantFactory(product__shop=world.shop, stock=9)
    order = Order.objects.get(checkout=place((variant, 1)))
    change_status(order.pk, OrderStatus.CONFIRMED, actor=world.seller, actor_kind=OrderActor.SELLER)
    items = [{"order_item_id": str(order.items.get().pk), "quantity": 1}]
    body = {"carrier": "MANUAL", "items": items}
    return {"path": f"seller/orders/{order.pk}/shipments", "body": body}


def sold(world: World) -> Order:
    return delivered((VariantFactory(product__shop=world.shop, stock=9), 2))


def spare_variant(world: World) -> dict[str, Any]:
    product = Product.objects.get(pk=world.paths[f"{PREFIX}/seller/products/"])
    return {"path": f"seller/variants/{VariantFactory(product=product).pk}"}


def in_three_days() -> dict[str, Any]:
    return {"body": {"ends_at": f"{timezone.now() + timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"}}


def on_holiday(world: World) -> dict[str, Any]:
    set_holiday(world.shop.pk, ends_at=timezone.now() + timedelta(days=3))
    return {}


SUSPENDED: dict[str, Any] = {"body": {"status": "suspended", "reason": "Fake."}}
# Where what the schema says is not enough: another body or address.
SPECIAL: dict[tuple[str, str], Callable[[World], dict[str, Any]]] = {
    ("delete", "seller/variants/{}"): spare_variant,
    ("patch", "seller/variants/{}/stock"): lambda world: {"body": {"on_hand": 7}},
    ("post", "seller/products/{}/images"): lambda world: {"files": {"images": [image_upload()]}},
    ("post", "seller/products/import"): lambda world: {
        "files": {"file": SimpleUploadedFile("products.csv", b"".join(template(FileFormat.CSV)))}
    },
    ("put", "seller/shops/me/logo"): lambda world: {"files": {"image": image_upload()}},
    ("put", "seller/shops/me/banner"): lambda world: {"files": {"image": image_upload()}},
    ("patch", "admin/products/{}/status"): lambda world: SUSPENDED,
    ("patch", "admin/shops/{}/status"): lambda world: SUSPENDED,
    ("post", "admin/refunds/{}/close"): lambda world: {
        "path": f"admin/refunds/{sent_otherwise().pk}/close",
        "body": {"reason": "It went back otherwise."},
    },
    ("patch", "admin/categories/{}"): lambda world: {"body": {"name": "Khác"}},
    ("delete", "admin/categories/{}"): lambda world: {
        "path": f"admin/categories/{CategoryFactory().pk}"
    },
    ("put", "admin/categories/{}/image"): lambda world: {"files": {"image": image_upload()}},
    ("delete", "admin/categories/{}/image"): lambda world: {
        "path": f"admin/categories/{CategoryFactory(image='categories/a.jpg').pk}/image"
    },
    ("put", "admin/banners/{}/image"): lambda world: {"files": {"image": image_upload()}},
    ("put", "admin/banners/order"): lambda world: {
        "body": {"banner_ids": [str(BannerFactory(position=9).pk), str(world.names["banner_id"])]}
    },
    ("put", "admin/brands/{}/logo"): lambda world: {"files": {"image": image_upload()}},
    ("delete", "admin/brands/{}/logo"): lambda world: {
        "path": f"admin/brands/{BrandFactory(logo='brands/a.jpg').pk}/logo"
    },
    ("delete", "admin/brands/{}"): lambda world: {"path": f"admin/brands/{BrandFactory().pk}"},
    ("post", "seller/orders/{}/shipments"): parcel,
    ("post", "seller/orders/bulk/confirm"): lambda world: {
        "body": {"order_ids": [str(world.paths[f"{PREFIX}/seller/orders/"])]}
    },
    ("post", "seller/memberships/accept"): lambda world: {
        "body": {"token": token_of(world.shop.invitations.get())}
    },
    ("put", "seller/shops/me/holiday"): lambda world: in_three_days(),
    ("delete", "seller/shops/me/holiday"): on_holiday,
    ("patch", "seller/returns/{}"): lambda world: {
        "path": f"seller/returns/{return_in(ReturnStatus.REQUESTED, sold(world)).pk}",
        "body": {"status": "approved"},
    },
    ("post", "seller/orders/{}/refunds"): lambda world: {
        "path": f"seller/orders/{sold(world).pk}/refunds",
        "body": {"amount": "1000", "reason": "Late."},
    },
}


def call(world: World, client: Any, route: Route) -> Any:
    plain = "/".join("{}" if part.startswith("{") else part for part in route.template.split("/"))
    prepare = SPECIAL.get((route.method, plain.removeprefix(f"{PREFIX}/")))
    made = prepare(world) if prepare else {}
    url = f"{PREFIX}/{made['path']}" if "path" in made else world.path(route.template)
    send = getattr(client, route.method)
    if "files" in made:
        return send(url, made["files"], format="multipart")
    schema = route.body_schema
    body = example(schema, {**world.names, **NAMES}) if schema else None
    return send(url, made.get("body", body))


def test_every_change_over_the_api_by_staff_and_sellers_is_written_down(world):
    people = (world.buyer, world.seller, world.staff, *world.team.values())
    callers = {user.pk: sign_in(user) for user in people}
    exempt = set()
    routes = [
        route
        for route in operations()
        if route.method != "get"
        and route.template.startswith((f"{PREFIX}/seller/", f"{PREFIX}/admin/"))
    ]

    for route in routes:
        caller = world.caller(route.template)
        name = (route.method, route.template.removeprefix(f"{PREFIX}/"))
        with transaction.atomic():
            last = Entry.objects.count()
            response = call(world, callers[caller.pk], route)
            if name in NOTHING_CHANGES:
                exempt.add(name)
            else:
                assert response.status_code < 300, (str(route), response.content)
                entries = list(Entry.objects.order_by("pk")[last:])
                assert entries, str(route)
                for entry in entries:
                    assert entry.actor_id == caller.pk
                    assert entry.via.startswith(f"{route.method.upper()} {PREFIX}/")
                    assert entry.ip_address == "127.0.0.1"
                    assert entry.request_id == response["X-Request-ID"]
            transaction.set_rollback(True)

    assert exempt == set(NOTHING_CHANGES)
    assert len(routes) > 40


# --- the console ----------------------------------------------------------------------------------

# What is changed on the page of each; the rest is sent as the page shows it.
CHANGES: dict[str, dict[str, str]] = {
    "accounts.user": {"full_name": "Đổi Tên"},
    "auth.group": {"name": "Night shift"},
    "shops.shop": {"description": "Khác"},
    "shops.storelocation": {"name": "Khác"},
    "shipping.shippingmethod": {"max_days": "9"},
    "shipping.shippingrate": {"fee_amount": "12345"},
    "catalog.category": {"description": "Khác"},
    "catalog.banner": {"title": "Khác"},
    "catalog.brand": {"description": "Khác"},
    "catalog.synonym": {"synonym": "khac"},
    "moderation.moderationreason": {"text": "Khác."},
    "inventory.stockitem": {"delta": "3", "reason": "received", "note": "Found"},
    "vouchers.voucher": {"name": "Khác"},
    "settlement.commissionrule": {"rate_bps": "700"},
    "returns.dispute": {"decision": "Fair.", "decided_for": "seller"},
}


class _Fields(HTMLParser):
    """What a browser would send of a page's forms that nobody touched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._select = self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        kind = given.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._add(self._select, value)
        elif tag == "textarea":
            self._textarea = name
            self._add(name, "")
        elif tag == "input" and name and kind not in {"submit", "file", "button"}:
            ticks = kind in {"checkbox", "radio"}
            self._add(name, value or "on" if ticks else value, ticks and "checked" not in given)

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.sent[self._textarea] = [data.strip()]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    def _add(self, name: str, value: str, is_empty: bool = False) -> None:
        if not is_empty:
            self.sent.setdefault(name, []).append(value)


def as_shown(page: str) -> dict[str, Any]:
    fields = _Fields(page).sent
    return {name: values for name, values in fields.items() if "__prefix__" not in name}


def test_every_form_of_the_console_leaves_a_trace(client, world, rf):
    setup_groups()
    Synonym.objects.create(term="ao", synonym="shirt")
    BannerFactory()
    ModerationReason.objects.create(subject=Subject.SHOP, text="A reason of this test.")
    ShippingMethodFactory()
    CommissionRule.objects.create(name="All", position=1, rate_bps=500)
    client.force_login(world.staff)
    rf_request = rf.get("/")
    rf_request.user = world.staff
    changeable = {
        model._meta.label_lower: model
        for model, page in admin.site._registry.items()
        if page.has_change_permission(rf_request)
    }

    assert set(changeable) == set(CHANGES)
    for label, model in changeable.items():
        row = model._default_manager.order_by("-pk").first()
        if model is User:
            row = world.buyer
        url = reverse(f"admin:{label.replace('.', '_')}_change", args=[row.pk])
        with transaction.atomic():
            last = Entry.objects.count()
            shown = client.get(url)
            # To look at contacts is written down, and nothing else that is only looked at.
            assert set(Entry.objects.order_by("pk").values_list("operation", flat=True)[last:]) <= {
                "unmasked"
            }
            last = Entry.objects.count()
            response = client.post(url, as_shown(shown.content.decode()) | CHANGES[label])
            assert response.status_code == 302, (
                label,
                response.context and response.context["errors"],
            )
            entries = list(Entry.objects.order_by("pk")[last:])
            assert entries, label
            assert {entry.object_type for entry in entries} >= {label}
            assert {(entry.actor_id, entry.actor_kind) for entry in entries} == {
                (world.staff.pk, "staff")
            }
            transaction.set_rollback(True)
