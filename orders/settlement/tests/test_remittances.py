"""Carriers' files: what fits is posted once, what does not waits for staff."""

from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl.workbook.workbook import Workbook

from accounts.tests.factories import StaffFactory
from marketplace.common.errors import InvalidTransition
from marketplace.common.testing import run_in_parallel
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.models import Shipment
from orders.fulfilment.services import change_status
from orders.fulfilment.tests.factories import confirmed, parcel_of
from orders.settlement.constants import Account, LineStatus
from orders.settlement.errors import UnusableFile
from orders.settlement.models import LedgerEntry, Remittance, RemittanceLine
from orders.settlement.services import remittances as service
from orders.settlement.services.remittances import (
    accept_difference,
    close_difference,
    import_remittance,
)
from orders.settlement.tests.factories import hand_over, sold_cash

pytestmark = pytest.mark.django_db


def owed(order):
    entries = LedgerEntry.objects.filter(order=order, account=Account.CARRIER_CASH)
    return sum(entries.values_list("amount", flat=True))


def test_file_is_read_once():
    order = sold_cash()
    row = (order.number, order.total_amount, 1_000)

    assert hand_over(row) == {"matched": 1}
    assert hand_over(row) == {"known": 1}
    assert hand_over(row, (order.number, order.total_amount, 0)) == {"nothing_owed": 2}

    assert owed(order) == 0
    assert RemittanceLine.objects.filter(status=LineStatus.MATCHED).count() == 1


def test_parcel_is_found_by_its_tracking_number():
    order = sold_cash()
    Shipment.objects.update(tracking_number="GHTK0001")

    assert hand_over(("GHTK0001", order.total_amount, 0)) == {"matched": 1}


def test_differences_move_nothing_and_are_listed():
    order, online = sold_cash(), sold_cash()
    hand_over((online.number, online.total_amount, 0), name="first.csv")
    before = LedgerEntry.objects.count()

    found = hand_over(
        (order.number, order.total_amount - 1, 0),
        ("ORD-NONE", 1, 0),
        (online.number, online.total_amount, 0),
        (order.number, "12x", 0),
        (order.number, 10, 11),
        ("", 10, 0),
        (order.number, -5, 0),
    )

    assert found == {"amount_differs": 1, "unknown_order": 1, "nothing_owed": 1, "unreadable": 4}
    assert LedgerEntry.objects.count() == before
    line = RemittanceLine.objects.get(status=LineStatus.AMOUNT_DIFFERS)
    assert (line.order, line.expected_amount) == (order, order.total_amount)


def test_accepted_difference_leaves_the_rest_as_the_carriers_debt():
    order = sold_cash()
    hand_over((order.number, order.total_amount - 1, 0))
    line = RemittanceLine.objects.get()

    accept_difference(line.pk, actor=StaffFactory(), note="They say it was short.")

    assert owed(order) == 1
    with pytest.raises(InvalidTransition):
        accept_difference(line.pk, actor=StaffFactory(), note="Again.")
    with pytest.raises(InvalidTransition):
        close_difference(line.pk, actor=StaffFactory(), note="Again.")


def test_difference_that_a_corrected_file_settled_is_not_accepted_any_more():
    order = sold_cash()
    hand_over((order.number, order.total_amount - 1, 0))
    line = RemittanceLine.objects.get()
    hand_over((order.number, order.total_amount, 0), name="corrected.csv")

    with pytest.raises(InvalidTransition):
        accept_difference(line.pk, actor=StaffFactory(), note="In another tab.")

    assert owed(order) == 0


def test_cash_of_a_parcel_counts_once_the_last_one_is_delivered():
    order = confirmed()
    item = order.items.get()
    parcels = [
        parcel_of(order, carrier="MANUAL", items={item.pk: 1}, tracking_number=f"T{number}")
        for number in (1, 2)
    ]
    first = hand_over(("T1", parcels[0].cod_amount, 0), carrier="MANUAL")
    for step in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        change_status(order.pk, step, actor=order.shop.owner, actor_kind=ActorKind.SELLER)

    second = hand_over(("T2", parcels[1].cod_amount, 0), carrier="MANUAL", name="second.csv")

    assert (first, second) == ({"nothing_owed": 1}, {"matched": 1})
    assert owed(order) == 0
    assert not RemittanceLine.objects.filter(is_open=True).exists()


def test_closed_difference_posts_nothing():
    hand_over(("ORD-NONE", 1, 0))
    line = RemittanceLine.objects.get()
    with pytest.raises(InvalidTransition):
        accept_difference(line.pk, actor=StaffFactory(), note="No.")

    close_difference(line.pk, actor=StaffFactory(), note="Another marketplace's.")

    line.refresh_from_db()
    assert line.status == LineStatus.CLOSED
    assert not LedgerEntry.objects.exists()


def test_workbook_is_read_like_a_text():
    order = sold_cash()
    book, file = Workbook(), BytesIO()
    book.active.append(["Tracking_Number", "COD_Amount", "Fee"])
    book.active.append([order.number, order.total_amount, 500])
    book.save(file)

    found = import_remittance(file, name="cash.xlsx", carrier="GHTK")

    assert found == {"matched": 1}
    assert owed(order) == 0


def test_other_carriers_file_does_not_settle_the_debt():
    order = sold_cash()
    file = BytesIO(f"reference,amount\n{order.number},{order.total_amount}".encode())

    assert import_remittance(file, name="x.csv", carrier="VIETTEL_POST") == {"nothing_owed": 1}
    assert owed(order) == order.total_amount


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2", b"\x00\x01", b"PK\x03\x04broken"])
def test_unusable_file_is_refused_whole(content):
    with pytest.raises(UnusableFile):
        import_remittance(BytesIO(content), name="x", carrier="GHTK")

    assert not Remittance.objects.exists()


def test_command_tells_what_came_of_the_lines(tmp_path, capsys):
    order = sold_cash()
    file = tmp_path / "cash.csv"
    file.write_text(f"reference,amount,fee\n{order.number},{order.total_amount},0\nnone,1,0\n")

    call_command("import_remittance", str(file), "--carrier", "GHTK")

    out = capsys.readouterr()
    assert out.out == "matched=1 unknown_order=1\n"
    assert "wait for staff" in out.err
    with pytest.raises(CommandError):
        call_command("import_remittance", str(tmp_path / "none.csv"), "--carrier", "GHTK")


@pytest.mark.django_db(transaction=True)
def test_same_file_at_once_posts_once():
    order = sold_cash()

    run_in_parallel(lambda: hand_over((order.number, order.total_amount, 0)), times=6)

    assert owed(order) == 0
    assert RemittanceLine.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_files_about_one_parcel_at_once_post_once():
    order = sold_cash()

    run_in_parallel(
        lambda fee: hand_over((order.number, order.total_amount, fee)), arguments=list(range(6))
    )

    assert owed(order) == 0
    assert RemittanceLine.objects.filter(status=LineStatus.MATCHED).count() == 1


@pytest.mark.breaks_invariants
@pytest.mark.django_db(transaction=True)
def test_race_over_a_parcel_is_real_without_the_lock(monkeypatch):
    order = sold_cash()
    monkeypatch.setattr(service.Order.objects, "lock", lambda pk: service.Order.objects.get(pk=pk))

    run_in_parallel(
        lambda fee: hand_over((order.number, order.total_amount, fee)), arguments=list(range(12))
    )

    assert owed(order) < 0
