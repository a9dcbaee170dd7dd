"""Months of tables that only grow."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from catalog.inventory.models import StockMovement
from catalog.models import ProductView
from catalog.tests.factories import ProductFactory, VariantFactory
from marketplace.common.audit.models import Entry
from marketplace.common.ids import uuid7_floor
from marketplace.common.partitions.months import Month
from marketplace.common.partitions.services import MONTHS_AHEAD, rotate_partitions
from marketplace.common.partitions.tables import partitioned_tables

pytestmark = pytest.mark.django_db
TABLES = {
    "audit_entry": "created_at",
    "catalog_productview": "day",
    "catalog_searchquery": "day",
    "inventory_stockmovement": "id",
}
THIS = Month.of(timezone.now().date())


def names(table: str) -> set[str]:
    (found,) = (each for each in partitioned_tables() if each.name == table)
    return set(found.partitions)


def where(table: str) -> list[tuple[str, int]]:
    """Return which partitions have rows, and how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1 ORDER BY 1"
        )
        return list(cursor.fetchall())


def view(product: object, day: date) -> None:
    ProductView.objects.create(product=product, day=day, views=1)


def entry(at: datetime) -> Entry:
    return Entry.objects.create(
        created_at=at, actor_kind="staff", operation="changed", object_type="a", object_id="1",
        via="test",
    )  # fmt: skip


def test_rows_lie_in_the_partitions_of_their_months():
    product = ProductFactory()
    ahead = THIS.plus(2)
    rotate_partitions()

    view(product, date(2020, 2, 29))
    view(product, date(ahead.year, ahead.month, 1))
    view(product, date(ahead.year, ahead.month, 28))

    assert {table.name: table.key for table in partitioned_tables()} == TABLES
    (before,) = (name for name in names("catalog_productview") if "_before_" in name)
    expected = {(before, 1), (f"catalog_productview_{ahead}", 2)}
    assert set(where("catalog_productview")) == expected
    assert ProductView.objects.filter(product=product).count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        view(product, date(ahead.year, ahead.month, 28))


def test_months_ahead_are_counted_up_to_the_first_that_is_missing():
    rotate_partitions()
    today = timezone.now().date()

    def ahead():
        return {table.name: table.months_ahead(today) for table in partitioned_tables()}

    assert set(ahead().values()) == {MONTHS_AHEAD}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE catalog_searchquery_{THIS.plus(2)}")

    assert ahead() == dict.fromkeys(TABLES, MONTHS_AHEAD) | {"catalog_searchquery": 1}


def test_what_no_month_was_made_for_moves_when_it_is():
    far = THIS.plus(30)
    moment = datetime(far.year, far.month, 15, tzinfo=UTC)
    found = entry(moment)
    variant = VariantFactory()
    moved = StockMovement.objects.create(
        id=uuid7_floor(moment), variant=variant, delta=1, reason="received"
    )
    assert ("audit_entry_rest", 1) in where("audit_entry")
    # What a test does is one transaction, at whose end references would be looked at.
    connection.check_constraints()

    result = rotate_partitions()
    again = rotate_partitions()

    assert {f"audit_entry_{far}", f"inventory_stockmovement_{far}"} <= set(result.made)
    assert (again.made, again.dropped, again.failed) == ([], [], [])
    assert where("audit_entry") == [(f"audit_entry_{far}", 1)]
    assert (f"inventory_stockmovement_{far}", 1) in where("inventory_stockmovement")
    assert Entry.objects.get(pk=found.pk).created_at == moment
    assert StockMovement.objects.get(pk=moved.pk).delta == 1
    with connection.cursor() as cursor:
        # Tests that commit empty every table afterwards, so that theirs has it off.
        cursor.execute(f"ALTER TABLE audit_entry_{far} ENABLE TRIGGER never_emptied")
    # New partitions are guarded as the table is, asked by their own names, too.
    for sql in (
        "UPDATE audit_entry SET via = ''",
        f"DELETE FROM audit_entry_{far}",
        f"TRUNCATE audit_entry_{far}",
        f"UPDATE inventory_stockmovement_{far} SET delta = 2",
        "DELETE FROM inventory_stockmovement",
    ):
        with (
            pytest.raises((InternalError, IntegrityError), match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    # The invariants add up what is there.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stockitem SET on_hand = on_hand + 1")


def test_months_are_dropped_when_retention_says_so(settings, capsys):
    product = ProductFactory()
    old = THIS.plus(-4)
    rotate_partitions()
    view(product, date(old.year, old.month, 3))
    view(product, timezone.now().date())
    connection.check_constraints()
    # As it is some months after the table was partitioned.
    with connection.cursor() as cursor:
        (before,) = (name for name in names("catalog_productview") if "_before_" in name)
        cursor.execute(f"ALTER TABLE catalog_productview DETACH PARTITION {before}")
        cursor.execute(
            f"CREATE TABLE catalog_productview_{old} PARTITION OF catalog_productview "
            f"FOR VALUES FROM ({old.bound('date')}) TO ({old.plus(1).bound('date')})"
        )
        cursor.execute(f"INSERT INTO catalog_productview SELECT * FROM {before}")
        connection.check_constraints()
        cursor.execute(f"DROP TABLE {before}")
    rotate_partitions()
    assert ProductView.objects.count() == 2

    settings.PARTITION_RETENTION_MONTHS = {"catalog_productview": 3}
    call_command("rotate_partitions", "--dry-run")
    assert f"catalog_productview_{old}" in names("catalog_productview")
    call_command("rotate_partitions")

    assert f"dropped: catalog_productview_{old}\n" in capsys.readouterr().out
    assert f"catalog_productview_{old}" not in names("catalog_productview")
    assert ProductView.objects.get().day == timezone.now().date()
