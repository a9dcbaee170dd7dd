"""What staff and sellers change is written down: which tables, what is in it, who reads it."""

import csv
import re
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction

from accounts.models import User
from accounts.services import setup_groups
from accounts.tests.factories import UserFactory
from catalog.models import ProductVariant
from catalog.tests.factories import VariantFactory
from marketplace.common.audit.constants import HIDDEN, ActorKind, Operation
from marketplace.common.audit.context import acting
from marketplace.common.audit.models import Entry
from marketplace.tests.world import sign_in
from shops.models import Shop
from shops.services.states import suspend_shop

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


# --- what is in it --------------------------------------------------------------------------------


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


# --- reading it -----------------------------------------------------------------------------------


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
