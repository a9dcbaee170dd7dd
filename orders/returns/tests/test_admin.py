"""Returns and disputes in the console."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.services import setup_groups
from accounts.tests.factories import UserFactory
from orders.payments.models import Refund
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import ask, delivered, return_in

pytestmark = pytest.mark.django_db

RETURNS = "/admin/returns/return/"
DISPUTES = "/admin/returns/dispute/"


@pytest.fixture
def console(client):
    """A member of Support at work."""
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    client.force_login(user)
    client.user = user
    return client


def page(dispute):
    return reverse("admin:returns_dispute_change", args=[dispute.pk])


def decide(console, dispute, **form):
    body = {"decided_for": "all", "amount": "", "decision": "The photos show it.", **form}
    return console.post(page(dispute), body, follow=True)


def test_staff_answer_and_receive_in_a_shops_stead(console):
    kept, rejected = ask(delivered()), ask(delivered())

    for row, action, reason in (
        (kept, "approve", None),
        (kept, "receive", "Came by hand."),
        (rejected, "reject", "Worn."),
    ):
        body = {"action": action, "_selected_action": [row.pk]}
        console.post(RETURNS, body | ({"reason": reason} if reason else {}))

    kept.refresh_from_db()
    rejected.refresh_from_db()
    assert (kept.status, rejected.status, rejected.answer) == ("received", "rejected", "Worn.")
    last = kept.events.last()
    assert (last.actor, last.actor_kind, last.note) == (console.user, "staff", "Came by hand.")


def test_open_disputes_wait_at_the_start_of_the_console(console):
    return_in(ReturnStatus.DISPUTED)

    start = console.get("/admin/").content.decode()

    assert "Disputes to decide" in start
    assert f"{DISPUTES}?status__exact=open" in start


def test_dispute_shows_what_both_sides_say_and_is_decided_on_its_page(console):
    row = return_in(ReturnStatus.DISPUTED)

    shown = console.get(page(row.dispute)).content.decode()
    response = decide(console, row.dispute)

    assert "It was not." in shown
    assert response.status_code == 200
    row.refresh_from_db()
    assert (row.status, row.dispute.decided_by) == ("decided", console.user)
    refund = Refund.objects.get()
    assert (refund.kind, refund.amount) == ("dispute", row.order.items.get().line_total_amount)
    assert refund.requested_by == console.user


@pytest.mark.parametrize(
    ("form", "status", "amount"),
    [
        ({"decided_for": "amount", "amount": "12000"}, "decided", 12_000),
        ({"decided_for": "seller"}, "rejected", None),
    ],
)
def test_staff_may_give_an_amount_or_nothing(console, form, status, amount):
    row = return_in(ReturnStatus.DISPUTED)

    decide(console, row.dispute, **form)

    row.refresh_from_db()
    assert row.status == status
    assert list(Refund.objects.values_list("amount", flat=True)) == ([amount] if amount else [])


def test_shipping_comes_with_it_where_staff_say_so(console):
    row = return_in(ReturnStatus.DISPUTED)

    decide(console, row.dispute, decided_for="all_and_shipping")

    assert Refund.objects.get().amount == row.order.total_amount


@pytest.mark.parametrize(
    "form",
    [
        {"decided_for": ""},
        {"decided_for": "amount"},
        {"decided_for": "amount", "amount": "many"},
        {"decided_for": "amount", "amount": "-5"},
        {"decided_for": "amount", "amount": "99999999999"},
        {"decided_for": "seller", "amount": "5"},
        {"decision": ""},
    ],
)
def test_bad_decisions_are_refused_with_words(console, form):
    row = return_in(ReturnStatus.DISPUTED)

    response = decide(console, row.dispute, **form)

    assert response.status_code == 200
    assert b"errorlist" in response.content or b"messagelist" in response.content
    row.refresh_from_db()
    assert (row.status, row.dispute.status) == ("disputed", "open")
    assert not Refund.objects.exists()


def test_decided_dispute_is_only_looked_at(console):
    row = return_in(ReturnStatus.DECIDED)

    assert console.get(page(row.dispute)).status_code == 200
    assert decide(console, row.dispute).status_code == 403

    assert Refund.objects.count() == 1


def test_lists_take_the_same_statements_for_any_number(console, django_assert_max_num_queries):
    for _ in range(3):
        return_in(ReturnStatus.DISPUTED)

    for url in (RETURNS, DISPUTES):
        with django_assert_max_num_queries(10):
            assert console.get(url).status_code == 200
