"""What staff and sellers change is written down, whoever wrote the code that changes it."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import setup_groups
from accounts.tests.factories import UserFactory
from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import template
from catalog.models import Product, ProductVariant, Synonym
from catalog.tests.factories import BannerFactory, BrandFactory, CategoryFactory, VariantFactory
from marketplace.common.audit.constants import HIDDEN, ActorKind, Operation
from marketplace.common.audit.context import acting
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
from shops.models import Shop
from shops.services.holidays import set_holiday
from shops.services.states import suspend_shop
from shops.tests.factories import ShippingMethodFactory
from shops.tokens import token_of

pytestmark = pytest.mark.django_db
LOCAL = ZoneInfo(settings.LOCAL_TIME_ZONE)

# Tables whose changes nobody writes down, and why.
HISTORY = "is a history itself: says who did what, and is only added to"
FOLLOWS = "follows from what is written down, and nobody changes it by itself"
OWN = "is its owner's, a buyer's, alone to change"
MACHINE = "is written by the site itself"
NOT_AUDITED = {
    "audit.Entry": HISTORY,
    "admin.LogEntry": HISTORY,
    "inventory.StockMovement": HISTORY,
    "orders.OrderEvent": HISTORY,
    "payments.PaymentEvent": HISTORY,
    "returns.ReturnEvent": HISTORY,
    "reviews.QuestionDecision": HISTORY,
    "reviews.ReviewDecision": HISTORY,
    "settlement.CommissionLine": HISTORY,
    "settlement.LedgerEntry": HISTORY,
    "settlement.PayoutLine": HISTORY,
    "shops.ShopStatusChange": HISTORY,
    "fulfilment.ShipmentEvent": HISTORY,
    "fulfilment.CarrierMessage": HISTORY,
    "documents.Document": HISTORY,
    "inventory.Reservation": FOLLOWS,
    "orders.OrderItem": FOLLOWS,
    "payments.PaymentShare": FOLLOWS,
    "payments.RefundLine": FOLLOWS,
    "returns.ReturnPhoto": FOLLOWS,
    "settlement.OrderSettlement": FOLLOWS,
    "fulfilment.ShipmentItem": FOLLOWS,
    "bulk.ImportRowError": FOLLOWS,
    "reviews.QuestionReport": FOLLOWS,
    "reviews.ReviewReport": FOLLOWS,
    "vouchers.Redemption": FOLLOWS,
    "vouchers.BuyerUsage": FOLLOWS,
    "accounts.Address": OWN,
    "alerts.Alert": OWN,
    "wishlists.Wishlist": OWN,
    "wishlists.WishlistItem": OWN,
    "cart.Cart": OWN,
    "cart.CartItem": OWN,
    "orders.Checkout": OWN,
    "reviews.HelpfulVote": OWN,
    "reviews.ReviewImage": OWN,
    "notifications.Notification": OWN,
    "notifications.Preference": OWN,
    "notifications.MailChoice": OWN,
    "accounts.OneTimeCode": OWN,
    "auth.Permission": MACHINE,
    "contenttypes.ContentType": MACHINE,
    "sessions.Session": MACHINE,
    "idempotency.IdempotencyKey": MACHINE,
    "limits.LimitCounter": MACHINE,
    "catalog.SearchDocument": MACHINE,
    "catalog.SearchRebuild": MACHINE,
    "catalog.SearchWord": MACHINE,
    "catalog.SearchQuery": MACHINE,
    "catalog.PopularQuery": MACHINE,
    "catalog.ProductView": MACHINE,
    "catalog.BoughtTogether": MACHINE,
    "payments.ComparedDay": MACHINE,
    "payments.FakeCharge": MACHINE,
    "metrics.ShopDay": MACHINE,
    "metrics.ProductDay": MACHINE,
    "metrics.PlatformDay": MACHINE,
    "metrics.PaymentDay": MACHINE,
    "metrics.RollupMark": MACHINE,
    "standing.DeadlineWarning": MACHINE,
    "standing.ShopStanding": MACHINE,
    "documents.DocumentSeries": MACHINE,
    "documents.DocumentFile": MACHINE,
}


def triggers() -> dict[str, list[str]]:
    """Return the arguments of each table's trigger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger "
            "WHERE tgname = 'audited'"
        )
        return {table: arguments.split("\\000")[:-1] for table, arguments in cursor.fetchall()}


def test_every_table_is_written_down_or_says_why_not():
    """A new table fails here: give it `audited(...)` in its migration, or a reason above."""
    tables = {model._meta.db_table: model._meta.label for model in apps.get_models(True)}
    written = {tables[table] for table in triggers()}

    assert written.isdisjoint(NOT_AUDITED)
    assert {label for label in tables.values() if label not in written} == set(NOT_AUDITED)


def test_no_secret_is_among_what_is_written_down():
    secret = re.compile(r"password|token|secret|hash|key$|pin$|client_secret|redirect_url")
    shown = {
        "payments.reconciliationtask.key",
        "outbox.outboxevent.key",
    }  # ids of what they concern
    shown |= {"settlement.remittance.fingerprint", "webhooks.webhookendpoint.secret_version"}
    models = {model._meta.db_table: model for model in apps.get_models(True)}

    found = set()
    for table, arguments in triggers().items():
        if len(arguments) != 6:
            continue  # a link: two ids
        object_type, _, _, hidden, masked, ignored = arguments
        concealed = {*hidden.split(","), *masked.split(","), *ignored.split(",")}
        columns = {field.column for field in models[table]._meta.concrete_fields}
        assert concealed - {""} <= columns | {"created_at", "updated_at"}, table
        assert models[table]._meta.label_lower == object_type
        found |= {f"{object_type}.{name}" for name in columns - concealed if secret.search(name)}

    assert found <= shown


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
        "path": f"admin/refunds/{sent_otherwise().pk}/close"
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


# --- what is in it ------------------------------------------------------------------------------


def test_entry_has_before_and_after_and_no_secret(client, world):
    client.force_login(world.staff)
    shop = world.shop
    Shop.objects.filter(pk=shop.pk).update(bank_account_number="123456789012")
    seller = sign_in(world.seller)

    seller.patch("/api/v1/seller/shops/me", {"bank_account_number": "998877665544"})
    client.post(
        f"/admin/accounts/user/{world.buyer.pk}/password/",
        {"password1": "a-new-secret-9", "password2": "a-new-secret-9", "usable_password": "true"},
        REMOTE_ADDR="203.0.113.7",
        headers={"X-Request-ID": "from-the-proxy"},
    )

    entries = Entry.objects.filter(object_type__in=["shops.shop", "accounts.user"])
    bank, password = entries.order_by("pk")
    assert bank.before == {"bank_account_number": "…9012"}
    assert bank.after == {"bank_account_number": "…5544"}
    assert (bank.actor_id, bank.actor_kind, bank.object_name) == (
        world.seller.pk,
        ActorKind.SELLER,
        shop.name,
    )
    assert password.before == password.after == {"password": HIDDEN}
    assert (password.ip_address, password.request_id) == ("203.0.113.7", "from-the-proxy")
    assert password.via == f"POST /admin/accounts/user/{world.buyer.pk}/password/"


def test_bulk_changes_by_any_statement_are_seen_and_buyers_and_jobs_are_not(
    world, django_assert_num_queries
):
    shops = Shop.objects.filter(pk=world.shop.pk)
    with django_assert_num_queries(1):
        shops.update(name="By a job")
    assert not Entry.objects.exists()

    with acting(world.staff.pk, ActorKind.STAFF, via="a test"):
        with django_assert_num_queries(2):  # one to tell PostgreSQL who acts
            shops.update(name="Once")
        with django_assert_num_queries(1):
            shops.update(name="Twice", sold_count=9)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE shops_shop SET name = 'Raw' WHERE id = %s", [world.shop.pk])
        shops.update(sold_count=10)  # follows from orders
    shops.update(name="By a job again")

    names = [entry.after for entry in Entry.objects.order_by("pk")]
    assert names == [{"name": "Once"}, {"name": "Twice"}, {"name": "Raw"}]


def test_what_is_rolled_back_leaves_nothing_and_what_follows_does(world):
    shops = Shop.objects.filter(pk=world.shop.pk)

    with acting(world.staff.pk, ActorKind.STAFF, via="a test"):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            shops.update(name="Undone")
            raise ZeroDivisionError
        shops.update(name="Kept")

    assert [entry.after for entry in Entry.objects.all()] == [{"name": "Kept"}]


@pytest.mark.django_db(transaction=True)
def test_each_transaction_tells_who_acts_and_none_keeps_it():
    user = UserFactory()
    users = User.objects.filter(pk=user.pk)

    with acting(None, ActorKind.OPERATOR, via="a test"):
        users.update(full_name="By itself")  # autocommit
        with transaction.atomic():
            users.update(full_name="In one")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET full_name = 'Later'")

    names = [entry.after["full_name"] for entry in Entry.objects.order_by("pk")]
    assert names == ["By itself", "In one"]


def test_groups_of_a_user_are_changes_of_the_user(world):
    setup_groups()
    finance = Group.objects.get(name="Finance")

    with acting(None, ActorKind.OPERATOR, via="a test"):
        world.buyer.groups.add(finance)
        world.buyer.groups.clear()

    added, removed = Entry.objects.order_by("pk")
    assert (added.object_type, added.object_id) == ("accounts.user", str(world.buyer.pk))
    assert (added.before, added.after) == (None, {"groups": finance.pk})
    assert (removed.before, removed.after) == ({"groups": finance.pk}, None)


# --- reading it ---------------------------------------------------------------------------------


@pytest.fixture
def _changes(world):
    with acting(world.staff.pk, ActorKind.STAFF, via="POST /admin/shops/shop/ suspend"):
        suspend_shop(world.shop.pk, actor=world.staff, reason='=HYPERLINK("http://evil")')
    with acting(world.seller.pk, ActorKind.SELLER, via="=cmd"):
        variant = VariantFactory(product__shop=world.shop)
        variant.price_amount = 150_000
        variant.save(update_fields=["price_amount"])


@pytest.mark.usefixtures("_changes")
def test_log_is_listed_filtered_and_searched_in_the_console(
    client, world, django_assert_max_num_queries
):
    client.force_login(world.staff)
    entry = Entry.objects.filter(object_type="shops.shop").get()
    url = "/admin/audit/entry/"

    def listed(**query: str) -> int:
        response = client.get(url, query, follow=True)
        assert response.status_code == 200
        return int(response.context["cl"].result_count)

    everything = Entry.objects.count()
    with django_assert_max_num_queries(12):
        assert listed() == everything
    assert listed(object_type="shops.shop") == listed(q=str(world.shop.pk)) == 1
    assert listed(q=world.staff.phone_number) == listed(actor_kind__exact="staff") == 1
    assert listed(q=str(world.seller.pk)) == listed(actor_kind__exact="seller") == everything - 1
    assert listed(operation__exact="changed") == 2
    assert listed(day=entry.created_at.astimezone(LOCAL).date().isoformat()) == everything
    assert listed(day="2020-01-01") == 0
    assert listed(day="yesterday") == everything  # as Django answers what is no filter
    page = client.get(f"{url}{entry.pk}/change/").content.decode()
    assert "suspended" in page
    assert "approved" in page
    assert client.post(f"{url}{entry.pk}/change/", {}).status_code == 403
    assert client.post(f"{url}{entry.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.usefixtures("_changes")
def test_log_is_exported_as_filtered_without_formulas_and_the_export_is_written_down(client, world):
    client.force_login(world.staff)

    response = client.get("/admin/audit/entry/export.csv", {"actor_kind__exact": "seller"})

    assert response.streaming
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == Entry.objects.filter(actor_kind="seller").count()
    assert {row["via"] for row in rows} == {"'=cmd"}
    assert {row["actor_name"] for row in rows} == {world.seller.full_name}
    last = Entry.objects.latest("pk")
    assert (last.operation, last.actor_id) == (Operation.EXPORTED, world.staff.pk)
    assert last.after == {"note": "actor_kind__exact=seller"}


@pytest.mark.usefixtures("_changes")
def test_log_as_a_whole_is_the_administrators_and_histories_are_read_at_their_rows(client, world):
    setup_groups()
    moderator = UserFactory(is_staff=True)
    moderator.groups.add(Group.objects.get(name="Moderator"))
    client.force_login(moderator)

    for page in ("", "export.csv"):
        assert client.get(f"/admin/audit/entry/{page}").status_code == 403
    history = client.get(f"/admin/shops/shop/{world.shop.pk}/history/").content.decode()
    assert "suspended" in history
    assert "POST /admin/shops/shop/ suspend" in history
    variant = ProductVariant.objects.latest("pk")
    product = client.get(f"/admin/catalog/product/{variant.product_id}/history/").content.decode()
    assert "150000" in product
