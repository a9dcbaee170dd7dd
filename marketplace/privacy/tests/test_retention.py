"""What is old enough is forgotten, by batches, and what is younger stays."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import OneTimeCode, Session, User
from accounts.tests.factories import UserFactory
from catalog.models import SearchQuery
from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import acting
from marketplace.common.audit.models import Entry
from marketplace.common.ids import uuid7_floor
from marketplace.privacy import retention
from marketplace.privacy.retention import enforce_retention
from notifications.constants import DeliveryState
from notifications.models import Delivery, Notification
from orders.constants import ActorKind as OrderActor
from orders.models import Order
from orders.services.cancel import cancel_order
from orders.tests.factories import place_one
from shops.constants import ShopStatus
from shops.models import Shop
from shops.tests.factories import ShopFactory, StoreLocationFactory

pytestmark = pytest.mark.django_db

OLD, YOUNG = timedelta(days=10), timedelta(days=3)


@pytest.fixture(autouse=True)
def _days(settings, monkeypatch):
    """Everything is kept for five days, and batches are small."""
    settings.RETENTION_DAYS = dict.fromkeys(settings.RETENTION_DAYS, 5)
    monkeypatch.setattr(retention, "BATCH", 2)


def aged(age):
    """Return an id as rows of that age have."""
    aged.count = getattr(aged, "count", 0) + 1
    return type(uuid7_floor(timezone.now()))(int=uuid7_floor(timezone.now() - age).int + aged.count)


def test_rows_of_each_kind_go_with_their_age():
    user, now = UserFactory(), timezone.now()
    times = {"last_used_at": now, "token_id": user.pk}
    for age in (OLD, OLD, OLD, YOUNG):
        Session.objects.create(user=user, expires_at=now - age, ip_address="203.0.113.1", **times)
        OneTimeCode.objects.create(
            user=user,
            destination="a@b.test",
            channel="email",
            expires_at=now - age,
            used_at=now,
        )
        SearchQuery.objects.create(pk=aged(age), day=now - age, text=f"{age} {aged(age)}")
        told = Notification.objects.create(pk=aged(age), user=user, event_key=str(aged(age)))
        Delivery.objects.create(
            pk=aged(age),
            notification=told if age == YOUNG else _young(user),
            channel="sms",
            state=DeliveryState.SENT,
            sent_at=now,
            destination="+84912345678",
            text="Hello",
        )
        UserFactory(pk=aged(age), phone_verified_at=None)

    counted = enforce_retention(dry_run=True)
    heard: list[str] = []
    done = enforce_retention(tell=lambda name, count: heard.append(f"{name}={count}"))

    assert counted == done
    assert {name: count for name, count in done.items() if count} == {
        "sign_ins": 3,
        "codes": 3,
        "deliveries": 3,
        "notifications": 3,
        "searches": 3,
        "unconfirmed_accounts": 3,
    }
    assert heard[:2] == ["sign_ins=2", "sign_ins=3"]
    assert [Session.objects.count(), OneTimeCode.objects.count()] == [1, 1]
    assert sorted(Delivery.objects.values_list("destination", flat=True)) == [
        *["", "", ""],
        "+84912345678",
    ]
    assert User.objects.filter(phone_verified_at=None).count() == 1
    assert sum(enforce_retention().values()) == 0


def _young(user):
    return Notification.objects.create(user=user, event_key=str(aged(YOUNG)))


def test_ended_orders_forget_whom_they_went_to_and_open_ones_do_not():
    ended, still_open, young = place_one(), place_one(), place_one()
    for order in (ended, young):
        cancel_order(order.pk, actor=None, actor_kind=OrderActor.STAFF, reason="x")
    # Ids are what tells the age, and rows hang on them: young is what was made from now on.
    floor = uuid7_floor(timezone.now() + timedelta(seconds=1))
    rule = next(rule for rule in retention.RULES if rule.name == "order_addresses")
    rows = Order.objects.filter(pk__lt=floor).exclude(pk=young.pk)

    assert rule.act(rule.due(rows)) == 1
    assert rule.due(rows).count() == 0
    for order in (ended, still_open, young):
        order.refresh_from_db()
    assert ended.shipping_address["recipient_name"] == ended.billing_address["line1"] == ""
    assert ended.shipping_address["province"] == "Hồ Chí Minh"
    assert still_open.shipping_address["recipient_name"] == "Trần Thị Bích"
    assert young.shipping_address["recipient_name"] == "Trần Thị Bích"


def test_shop_whose_owner_left_is_forgotten_and_its_log_too():
    shop = ShopFactory(status=ShopStatus.CLOSED, contact_phone="")
    StoreLocationFactory(shop=shop, phone_number="+84912345678")
    with acting(shop.owner_id, ActorKind.SELLER, via="a test"):
        Shop.objects.filter(pk=shop.pk).update(contact_phone="+84987654321")
    present = ShopFactory(status=ShopStatus.CLOSED, contact_phone="+84987654321")
    User.objects.filter(pk=shop.owner_id).update(closed_at=timezone.now() - OLD)

    done = enforce_retention()

    assert done["closed_shops"] == 1
    shop.refresh_from_db()
    assert (shop.contact_phone, shop.pickup_address, shop.bank_account_number) == ("", {}, "")
    assert shop.locations.get().phone_number == ""
    assert Entry.objects.get(object_id=str(shop.pk)).after == {"contact_phone": "(hidden)"}
    present.refresh_from_db()
    assert present.contact_phone == "+84987654321"
    assert enforce_retention()["closed_shops"] == 0


def test_log_forgets_addresses_and_nothing_else():
    entry = Entry.objects.create(
        actor_kind=ActorKind.STAFF,
        operation="changed",
        object_type="shops.shop",
        object_id="1",
        object_name="Tiệm",
        after={"name": "Tiệm"},
        via="a test",
        ip_address="203.0.113.9",
        created_at=timezone.now() - OLD,
    )
    young = Entry.objects.create(
        actor_kind=ActorKind.STAFF, operation="changed", via="a test", ip_address="203.0.113.9"
    )

    assert enforce_retention()["audit_addresses"] == 1

    entry.refresh_from_db()
    young.refresh_from_db()
    assert (entry.ip_address, entry.object_name, entry.after) == ("", "Tiệm", {"name": "Tiệm"})
    assert young.ip_address == "203.0.113.9"


@pytest.mark.parametrize(
    "change",
    [
        'after = \'{"name": "x"}\'',
        "after = NULL",
        "after = '{}'",
        "object_name = 'x'",
        "ip_address = '203.0.113.1'",
        "ip_address = '', actor_id = NULL",
        "ip_address = '', operation = 'added'",
    ],
)
def test_log_that_forgets_cannot_be_told_anything_else(change):
    Entry.objects.create(
        actor_id=UserFactory().pk,
        actor_kind=ActorKind.STAFF,
        operation="changed",
        after={"name": "Tiệm"},
        via="a test",
        ip_address="203.0.113.9",
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('marketplace.forgetting', 'on', true)")
        for statement in (f"UPDATE audit_entry SET {change}", "DELETE FROM audit_entry"):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                cursor.execute(statement)


def test_command_says_what_it_did():
    out, progress = io.StringIO(), io.StringIO()
    Session.objects.create(
        user=UserFactory(),
        token_id=aged(OLD),
        last_used_at=timezone.now(),
        expires_at=timezone.now() - OLD,
    )

    call_command("enforce_retention", "--dry-run", stdout=out, stderr=progress)

    assert out.getvalue().startswith("sign_ins=1 codes=0 ")
    assert progress.getvalue() == "sign_ins: 1\n"
    assert Session.objects.count() == 1
