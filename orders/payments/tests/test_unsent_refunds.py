"""Refunds that were not sent: tried again, sent by hand, or closed because the buyer has it all."""

import pytest

from accounts.tests.factories import StaffFactory
from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox
from orders.payments.constants import RefundKind
from orders.payments.errors import RefundStillOwed, SecondPersonNeeded
from orders.payments.models import ReconciliationTask, Refund
from orders.payments.services.refunds import (
    Wanted,
    approve_refund,
    complete_refund,
    fail_refund,
    reject_refund,
    request_refund,
)
from orders.payments.services.send_refunds import due_refunds
from orders.payments.services.unsent_refunds import (
    close_refund,
    record_sent_by_hand,
    retry_refund,
)
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import return_in
from orders.settlement.models import OrderSettlement

pytestmark = pytest.mark.django_db

API = "/api/v1/admin/refunds"


@pytest.fixture
def returned():
    """A return of three units that was received, and whose refund failed."""
    row = return_in(ReturnStatus.RECEIVED)
    fail_refund(row.refund_id, error="expired_card: No")
    return row


def refund(row, wanted, *, is_sent=True):
    made = request_refund(
        row.order_id, wanted, kind=RefundKind.GOODWILL, source=f"{wanted}", actor=None
    )
    if is_sent:
        complete_refund(made.pk)
    return made


def units(row, quantity):
    return Wanted(units={row.order.items.get().pk: quantity})


def place_of(row):
    return OrderSettlement.objects.values_list("place", flat=True).get(order=row.order_id)


def state_of(row):
    tables = (Refund, ReconciliationTask, OutboxEvent, type(row))
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_failed_refund_whose_units_went_back_otherwise_is_closed_with_its_return(returned):
    refund(returned, units(returned, 3))
    assert place_of(returned) == "on_hold"
    staff = StaffFactory()

    closed = close_refund(returned.refund_id, actor=staff, reason="Sent as goodwill.")
    drain_outbox()

    assert (closed.status, closed.last_error) == ("rejected", f"{staff}: Sent as goodwill.")
    returned.refresh_from_db()
    assert (returned.status, returned.closed_at is None) == ("received", False)
    assert place_of(returned) == "pending"
    task = ReconciliationTask.objects.get()
    assert (task.status, task.resolved_by, task.note) == ("resolved", staff, "Sent as goodwill.")
    with pytest.raises(InvalidTransition):
        close_refund(returned.refund_id, actor=staff, reason="Again")


@pytest.mark.parametrize("by", ["units", "amount"])
def test_what_went_back_in_another_form_counts_as_far_as_it_goes(returned, by):
    price = returned.order.items.get().unit_price_amount
    two = Wanted(amount=returned.order.total_amount - price)
    refund(returned, units(returned, 2) if by == "units" else two)
    before = state_of(returned)

    with pytest.raises(RefundStillOwed):
        close_refund(returned.refund_id, actor=StaffFactory(), reason="It is enough.")
    assert state_of(returned) == before

    refund(returned, Wanted())
    assert close_refund(returned.refund_id, actor=StaffFactory(), reason="So.").status == "rejected"


@pytest.mark.parametrize("wanted", [None, units])
def test_failed_refund_stays_open_while_the_buyer_has_not_got_its_money(returned, wanted):
    if wanted:
        refund(returned, wanted(returned, 3), is_sent=False)
    price = returned.order.items.get().unit_price_amount
    before = state_of(returned)

    with pytest.raises(RefundStillOwed) as refusal:
        close_refund(returned.refund_id, actor=StaffFactory(), reason="Enough.")

    assert f"{3 * price:,}".replace(",", ".") in str(refusal.value)
    assert state_of(returned) == before
    assert place_of(returned) == "on_hold"


def test_only_failed_refunds_are_closed(returned):
    waiting = refund(returned, Wanted(amount=1), is_sent=False)

    with pytest.raises(InvalidTransition):
        close_refund(waiting.pk, actor=StaffFactory(), reason="No")

    waiting.refresh_from_db()
    assert waiting.status == "pending"


def test_staff_close_over_the_api(api_as, returned, django_assert_num_queries):
    staff = StaffFactory()
    client = api_as(staff)
    url = f"{API}/{returned.refund_id}/close"

    assert client.post(url, {"reason": "So."}).json()["error"]["code"] == "refund_still_owed"
    assert client.post(url, {"reason": " "}).status_code == 400
    sent = refund(returned, units(returned, 3))
    answer = client.post(url, {"reason": "So."})

    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert answer.json()["last_error"] == f"{staff}: So."
    with django_assert_num_queries(2):
        listed = client.get(API, {"status": "succeeded"}).json()["results"]
    assert [(row["id"], row["order_number"]) for row in listed] == [
        (str(sent.pk), returned.order.number)
    ]
    assert client.post(url, {"reason": "So."}).json()["error"]["code"] == "invalid_transition"


def failed_goodwill(row, amount, source):
    made = request_refund(
        row.order_id, Wanted(amount=amount), kind=RefundKind.GOODWILL, source=source, actor=None
    )
    fail_refund(made.pk, error="No")
    return made


def close(failed, other):
    return close_refund(failed.pk, actor=StaffFactory(), reason="Sent.", replaced_by=other.pk)


@pytest.fixture
def rejected():
    return return_in(ReturnStatus.REJECTED)


def test_refund_replaces_failed_ones_up_to_its_own_amount_and_once(rejected):
    first, second = (failed_goodwill(rejected, 600, f"{n}") for n in range(2))
    third = failed_goodwill(rejected, 401, "third")
    sent = refund(rejected, Wanted(amount=1_000))
    with pytest.raises(RefundStillOwed):  # nobody has said what was sent instead
        close_refund(first.pk, actor=StaffFactory(), reason="Sent.")

    closed = close(first, sent)

    assert (closed.status, closed.replaced_by) == ("rejected", sent)
    before = state_of(rejected)
    for other, owed in ((second, "200"), (third, "1")):
        with pytest.raises(RefundStillOwed, match=rf"^{owed}\b"):
            close(other, sent)
    assert state_of(rejected) == before

    rest = refund(rejected, Wanted(amount=601))
    assert close(second, rest).status == "rejected"
    assert {row.pk for row in sent.replaces.all()} == {first.pk}


def test_only_an_amount_that_was_sent_later_replaces_one(rejected):
    earlier = refund(rejected, Wanted(amount=500))
    failed = failed_goodwill(rejected, 500, "failed")
    waiting = refund(rejected, Wanted(amount=501), is_sent=False)
    of_units = refund(rejected, units(rejected, 1))
    elsewhere = refund(return_in(ReturnStatus.REJECTED), Wanted(amount=502))
    before = state_of(rejected)

    for other in (earlier, waiting, of_units, elsewhere, failed):
        with pytest.raises(InvalidInput):
            close(failed, other)

    assert state_of(rejected) == before


def test_failed_refund_of_units_is_not_replaced_by_name(returned):
    sent = refund(returned, Wanted(amount=1_000))
    failed = Refund.objects.get(pk=returned.refund_id)
    before = state_of(returned)

    with pytest.raises(InvalidInput):
        close(failed, sent)

    assert state_of(returned) == before


def test_staff_name_the_replacing_refund_over_the_api(api_as, rejected):
    failed = failed_goodwill(rejected, 600, "failed")
    client, url = api_as(StaffFactory()), f"{API}/{failed.pk}/close"
    assert client.post(url, {"reason": "So.", "replaced_by": "x"}).status_code == 400
    assert client.post(url, {"reason": "So.", "replaced_by": str(failed.pk)}).status_code == 400
    sent = refund(rejected, Wanted(amount=600))

    answer = client.post(url, {"reason": "So.", "replaced_by": str(sent.pk)})

    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert answer.json()["replaced_by_id"] == str(sent.pk)


@pytest.fixture
def above(settings):
    """A failed refund that would bring its order above what one person sends alone."""
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    row = return_in(ReturnStatus.REJECTED)
    failed = refund(row, Wanted(amount=600), is_sent=False)
    fail_refund(failed.pk, error="No")
    assert refund(row, Wanted(amount=601)).status == "pending"
    failed.refresh_from_db()
    return failed


def test_failed_refund_that_is_tried_again_counts_towards_what_one_person_sends(above):
    refused = Refund.objects.filter(pk=above.pk).values().get()
    with pytest.raises(SecondPersonNeeded):
        record_sent_by_hand(above.pk, reference="FT1")
    assert Refund.objects.filter(pk=above.pk).values().get() == refused

    assert retry_refund(above.pk).status == "awaiting_approval"
    assert due_refunds(10) == []
    assert approve_refund(above.pk, actor=StaffFactory()).status == "pending"
    assert due_refunds(10) == [above.pk]

    # The second person has seen it, however often it is tried.
    fail_refund(above.pk, error="No")
    assert retry_refund(above.pk).status == "pending"
    fail_refund(above.pk, error="No")
    assert record_sent_by_hand(above.pk, reference="FT1").status == "succeeded"


def test_refusal_to_try_again_leaves_nothing_to_do(above):
    retry_refund(above.pk)
    staff = StaffFactory()

    reject_refund(above.pk, actor=staff, reason="Too much.")

    task = ReconciliationTask.objects.get()
    assert (task.status, task.resolved_by, task.note) == ("resolved", staff, "Too much.")


def test_failed_refund_of_the_system_is_tried_again_by_one_person(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    row = return_in(ReturnStatus.REJECTED)
    made = request_refund(
        row.order_id, Wanted(), kind=RefundKind.CANCELLED, source="test", actor=None
    )
    fail_refund(made.pk, error="No")

    assert retry_refund(made.pk).status == "pending"
