"""Who waits is told once, when it is true, and only then."""

import pytest
from django.db import connection

from accounts.tests.factories import StaffFactory, UserFactory
from catalog.alerts.constants import BATCH, AlertKind
from catalog.alerts.models import Alert
from catalog.alerts.services import create_alert, tell_waiting
from catalog.alerts.tests.factories import AlertFactory, make_crowd
from catalog.constants import ProductStatus
from catalog.inventory.services import adjust_on_hand, set_on_hand
from catalog.services.products import (
    archive_product,
    lift_suspension,
    publish_product,
    suspend_product,
    withdraw_product,
)
from catalog.services.variants import VariantDraft, add_variant, update_variant
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.services import dispatch
from marketplace.common.testing import drain_outbox, run_in_parallel
from notifications.models import Notification
from shops.services.states import reopen_shop, suspend_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def variant():
    """A sold-out variant at 100,000 ₫."""
    return VariantFactory(stock=0)


def ask(variant, kind="price_drop", **fields):
    """Ask for the product, or with `variant_id` for a variant, and return who did."""
    user = UserFactory()
    create_alert(variant.product_id, user=user, kind=AlertKind(kind), **fields)
    return user


def told():
    """Hand over all events; return who was told what."""
    drain_outbox()
    notes = Notification.objects.filter(type__in=["back_in_stock", "price_dropped"])
    return sorted(notes.values_list("user_id", "type"))


def test_who_waits_for_stock_is_told_once(variant):
    user = ask(variant, "back_in_stock")
    user.language = "en"
    user.save()

    adjust_on_hand(variant.pk, 1, actor=None)

    assert told() == [(user.pk, "back_in_stock")]
    note = Notification.objects.get(user=user)
    assert note.body == f"“{variant.product.title}” is back in stock at 100.000 ₫."
    assert note.data == {
        "product_id": str(variant.product_id),
        "product_slug": variant.product.slug,
        "variant_id": None,
    }
    set_on_hand(variant.pk, 0, actor=None)
    set_on_hand(variant.pk, 1, actor=None)
    assert len(told()) == 1
    assert Alert.objects.get().told_at is not None


def test_alert_that_was_told_can_be_made_again(variant):
    user = ask(variant, "back_in_stock")
    adjust_on_hand(variant.pk, 1, actor=None)
    assert len(told()) == 1
    set_on_hand(variant.pk, 0, actor=None)

    _alert, is_new = create_alert(variant.product_id, user=user, kind=AlertKind.BACK_IN_STOCK)
    adjust_on_hand(variant.pk, 1, actor=None)

    assert is_new
    assert told() == [(user.pk, "back_in_stock")] * 2


def test_who_waits_for_a_variant_is_told_of_no_other(variant):
    other = VariantFactory(product=variant.product, stock=0)
    user = ask(variant, "back_in_stock", variant_id=other.pk)
    anyone = ask(variant, "back_in_stock")

    adjust_on_hand(variant.pk, 1, actor=None)
    assert told() == [(anyone.pk, "back_in_stock")]

    adjust_on_hand(other.pk, 1, actor=None)
    assert sorted(told()) == sorted([(anyone.pk, "back_in_stock"), (user.pk, "back_in_stock")])


def test_new_variant_of_a_sold_out_product_counts_as_back(variant):
    user = ask(variant, "back_in_stock")

    add_variant(
        variant.product_id, actor=None, draft=VariantDraft(sku="B", price_amount=200_000, stock=1)
    )

    assert told() == [(user.pk, "back_in_stock")]


def test_variant_that_is_switched_on_counts_as_back():
    variant = VariantFactory(stock=0)
    hidden = VariantFactory(product=variant.product, stock=3, is_active=False)
    variant.product.in_stock = False
    variant.product.save(update_fields=["in_stock"])
    user = ask(variant, "back_in_stock")

    update_variant(hidden.pk, actor=None, is_active=True)

    assert told() == [(user.pk, "back_in_stock")]


def test_sold_out_again_before_the_worker_came_is_told_to_nobody(variant):
    user = ask(variant, "back_in_stock")
    set_on_hand(variant.pk, 1, actor=None)
    set_on_hand(variant.pk, 0, actor=None)
    assert told() == []

    set_on_hand(variant.pk, 2, actor=None)
    assert told() == [(user.pk, "back_in_stock")]


def test_who_waits_for_a_price_is_told_at_the_target(variant):
    any_less, target = ask(variant), ask(variant, target_amount=80_000)

    update_variant(variant.pk, actor=None, price_amount=99_999)
    assert told() == [(any_less.pk, "price_dropped")]
    update_variant(variant.pk, actor=None, price_amount=80_001)
    update_variant(variant.pk, actor=None, price_amount=120_000)
    assert len(told()) == 1

    update_variant(variant.pk, actor=None, price_amount=80_000)
    assert sorted(told()) == sorted([(any_less.pk, "price_dropped"), (target.pk, "price_dropped")])


def test_dearer_variant_that_gets_cheaper_is_told_to_who_waits_for_it(variant):
    dear = VariantFactory(product=variant.product, price_amount=300_000)
    user = ask(variant, variant_id=dear.pk)
    ask(variant)

    update_variant(dear.pk, actor=None, price_amount=250_000)

    assert told() == [(user.pk, "price_dropped")]


def test_price_that_rises_tells_nobody(variant):
    ask(variant)

    update_variant(variant.pk, actor=None, price_amount=100_001)

    assert not OutboxEvent.objects.filter(topic="catalog.price_fell").exists()
    assert told() == []


def test_price_that_falls_below_one_that_once_was_tells_nobody(variant):
    ask(variant)
    update_variant(variant.pk, actor=None, price_amount=150_000)

    update_variant(variant.pk, actor=None, price_amount=100_000)

    assert told() == []


@pytest.mark.parametrize("way", ["suspended", "withdrawn", "shop"])
def test_hidden_product_is_told_only_once_it_is_seen_again(variant, way):
    staff, product, user = StaffFactory(), variant.product, ask(variant, "back_in_stock")
    cheaper = ask(variant)
    match way:
        case "suspended":
            suspend_product(product.pk, actor=staff, reason="Kiểm tra")
        case "withdrawn":
            withdraw_product(product.pk, actor=None)
        case "shop":
            suspend_shop(product.shop_id, actor=staff, reason="Kiểm tra")
    adjust_on_hand(variant.pk, 1, actor=None)
    update_variant(variant.pk, actor=None, price_amount=90_000)
    assert told() == []

    match way:
        case "suspended":
            lift_suspension(product.pk, actor=staff)
        case "withdrawn":
            publish_product(product.pk, actor=None)
        case "shop":
            reopen_shop(product.shop_id, actor=staff)

    assert told() == sorted([(user.pk, "back_in_stock"), (cheaper.pk, "price_dropped")])


def test_archived_product_is_told_to_nobody(variant):
    ask(variant, "back_in_stock")
    archive_product(variant.product_id, actor=None)

    adjust_on_hand(variant.pk, 1, actor=None)

    assert told() == []


@pytest.mark.parametrize("status", [s for s in ProductStatus if s != ProductStatus.ACTIVE])
def test_product_in_any_other_state_is_told_to_nobody(status):
    alert = AlertFactory()
    variant = alert.product.variants.get()
    alert.product.status = status
    alert.product.save()

    adjust_on_hand(variant.pk, 1, actor=None)

    assert told() == []


def test_crowd_is_told_by_batches(variant):
    make_crowd(variant.product, 10_000)

    adjust_on_hand(variant.pk, 1, actor=None)
    drain_outbox()

    assert OutboxEvent.objects.filter(topic="alerts.told").count() == 10_000 / BATCH
    assert Notification.objects.values("user").distinct().count() == 10_000
    assert Notification.objects.count() == 10_000


def test_batch_takes_the_same_statements_for_any_crowd(variant, django_assert_num_queries):
    make_crowd(variant.product, BATCH)
    adjust_on_hand(variant.pk, 1, actor=None)

    # Who waits; the batch: a savepoint's two, the product, the alerts, their mark, the event; and
    # a last one that finds nobody.
    with django_assert_num_queries(1 + 6 + 4):
        assert tell_waiting(variant.product_id) == BATCH


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_tell_each_once(variant):
    make_crowd(variant.product, 2_000)
    adjust_on_hand(variant.pk, 1, actor=None)

    outcomes = run_in_parallel(lambda: tell_waiting(variant.product_id), times=8)

    assert sum(outcomes) == 2_000
    told()
    assert Notification.objects.count() == 2_000


@pytest.mark.django_db(transaction=True)
def test_worker_that_failed_half_way_goes_on_where_it_stopped(variant):
    make_crowd(variant.product, 4 * BATCH)
    adjust_on_hand(variant.pk, 1, actor=None)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION alerts_fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF (SELECT count(*) FROM alerts_alert WHERE told_at IS NOT NULL) > {2 * BATCH}
                THEN RAISE 'fault'; END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER alerts_fault AFTER UPDATE ON alerts_alert
            FOR EACH STATEMENT EXECUTE FUNCTION alerts_fault()
            """
        )
    try:
        dispatch()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION alerts_fault CASCADE")
    assert Alert.objects.waiting().count() == 2 * BATCH

    OutboxEvent.objects.filter(status=OutboxStatus.PENDING).update(available_at="2020-01-01T00:00Z")
    drain_outbox()

    assert not Alert.objects.waiting().exists()
    assert Notification.objects.count() == 4 * BATCH


@pytest.mark.django_db(transaction=True)
def test_nobody_who_asks_while_it_comes_back_waits_in_vain():
    """Asked before the commit, they are told; afterwards, they are refused."""
    for _ in range(10):
        variant = VariantFactory(stock=0)
        people = UserFactory.create_batch(6)

        def act(user, variant=variant):
            if user is None:
                return adjust_on_hand(variant.pk, 1, actor=None)
            return create_alert(variant.product_id, user=user, kind=AlertKind.BACK_IN_STOCK)

        run_in_parallel(act, arguments=[*people[:3], None, *people[3:]])
        drain_outbox()

        assert not Alert.objects.waiting().exists()
