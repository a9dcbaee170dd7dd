"""A fall to the low-stock threshold, or a rise from nothing, is told once, however it comes."""

import pytest
from django.db import transaction

from catalog.inventory.constants import MovementReason, ReservationStatus
from catalog.inventory.errors import OutOfStock
from catalog.inventory.models import StockItem
from catalog.inventory.services import (
    ReservationRequest,
    adjust_on_hand,
    commit,
    release,
    reserve,
    restock,
    set_low_stock_threshold,
    set_many_on_hand,
    set_on_hand,
)
from catalog.tests.factories import VariantFactory
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel

# What is reserved here belongs to no order.
pytestmark = [pytest.mark.django_db, pytest.mark.breaks_invariants]


@pytest.fixture
def variant():
    """10 units, told at 5."""
    return VariantFactory(stock=10)


def take(variant, quantity, reference=None):
    with transaction.atomic():
        reserve([ReservationRequest(reference or uuid7(), variant.pk, quantity)], expires_at=None)


def told(topic="inventory.low"):
    return [set(event.payload["variant_ids"]) for event in OutboxEvent.objects.filter(topic=topic)]


def test_fall_to_the_threshold_is_told_once(variant):
    take(variant, 4)
    assert told() == []

    take(variant, 1)
    take(variant, 1)
    take(variant, 4)

    assert told() == [{str(variant.pk)}]
    assert OutboxEvent.objects.get().key == str(variant.pk)


def test_fall_is_told_again_only_after_a_rise_above_the_threshold(variant):
    take(variant, 6)
    adjust_on_hand(variant.pk, 1, actor=None)
    adjust_on_hand(variant.pk, -1, actor=None)
    assert len(told()) == 1

    adjust_on_hand(variant.pk, 2, actor=None)
    adjust_on_hand(variant.pk, -2, actor=None)

    assert len(told()) == 2


def test_what_leaves_the_shelf_after_it_was_promised_is_no_fall(variant):
    reference = uuid7()
    take(variant, 6, reference)

    commit(reference, actor=None)

    assert len(told()) == 1


def test_refusal_tells_nothing(variant):
    with pytest.raises(OutOfStock):
        take(variant, 11)

    assert told() == []


def test_import_tells_of_all_its_falls_in_one_event():
    variants = VariantFactory.create_batch(3, stock=10)
    counts = dict(zip([row.pk for row in variants], [1, 2, 9], strict=True))

    set_many_on_hand(counts, actor=None, reason=MovementReason.IMPORTED)

    assert told() == [{str(row.pk) for row in variants[:2]}]


def test_new_threshold_counts_from_the_next_fall(variant):
    set_low_stock_threshold(variant.pk, 10)
    take(variant, 1)
    assert told() == []

    set_on_hand(variant.pk, 8, actor=None, low_stock_threshold=7)
    take(variant, 1)

    assert [len(ids) for ids in told()] == [1]


def test_rise_from_nothing_is_told_once():
    variant = VariantFactory(stock=2)
    reference = uuid7()
    take(variant, 2, reference)
    assert told("inventory.back") == []

    release([reference], status=ReservationStatus.EXPIRED)
    release([reference])
    restock({variant.pk: 3}, reference=reference, actor=None)
    set_on_hand(variant.pk, 0, actor=None)
    set_on_hand(variant.pk, 1, actor=None)

    assert told("inventory.back") == [{str(variant.pk)}] * 2


def test_reserving_takes_no_further_statement_until_it_falls(variant, django_assert_num_queries):
    with django_assert_num_queries(3):  # a savepoint's two, the stock with its reservation
        take(variant, 4)
    with django_assert_num_queries(4):  # and the event
        take(variant, 1)


@pytest.mark.django_db(transaction=True)
def test_one_of_fifty_purchases_at_once_tells_of_the_fall():
    variant = VariantFactory(stock=60)
    StockItem.objects.update(low_stock_threshold=30)

    run_in_parallel(lambda: take(variant, 1), times=50)

    assert StockItem.objects.get().available == 10
    assert told() == [{str(variant.pk)}]


@pytest.mark.django_db(transaction=True)
def test_one_of_fifty_sellers_at_once_tells_of_the_fall():
    variant = VariantFactory(stock=60)
    StockItem.objects.update(low_stock_threshold=30)

    run_in_parallel(lambda: adjust_on_hand(variant.pk, -1, actor=None), times=50)

    assert told() == [{str(variant.pk)}]
