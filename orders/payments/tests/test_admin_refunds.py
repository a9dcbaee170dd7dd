"""Staff send money back in the console: an amount, or units of items."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group

from accounts.services import setup_groups
from accounts.tests.factories import UserFactory
from catalog.tests.factories import VariantFactory
from orders.payments.models import Refund
from orders.payments.services.refunds import complete_refund, fail_refund
from orders.payments.tests.factories import place_paid

pytestmark = pytest.mark.django_db

LIST = "/admin/payments/refund/"
ADD = f"{LIST}add/"


@pytest.fixture
def console(client):
    """A member of Finance at work."""
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="Finance"))
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def order():
    return place_paid((VariantFactory(sku="TRA SEN-1", price_amount=50_000, stock=10), 3))


def send(console, row, **form):
    body = {"order": row.pk, "amount": "", "units": "", "reason": "Sorry", **form}
    return console.post(ADD, body, follow=True)


@pytest.mark.parametrize(
    ("form", "amount"),
    [
        ({"amount": "12000"}, 12_000),
        ({"units": "TRA SEN-1 2"}, 100_000),
        ({"units": "\n TRA SEN-1  1 \n", "with_shipping": "on"}, 85_000),
    ],
)
def test_staff_refund_an_amount_or_units(console, order, form, amount):
    response = send(console, order, **form)

    assert response.status_code == 200
    refund = Refund.objects.get()
    assert (refund.amount, refund.kind, refund.reason) == (amount, "goodwill", "Sorry")
    assert refund.requested_by == console.user


def test_a_form_that_is_sent_twice_refunds_once(console, order):
    form = console.get(ADD).context["adminform"].form
    sent = {"amount": "12000", "form_id": str(form["form_id"].initial)}

    first, second = send(console, order, **sent), send(console, order, **sent)

    assert Refund.objects.get().amount == 12_000
    assert b"sent already" not in first.content
    assert b"sent already" in second.content
    assert send(console, order, amount="1000").status_code == 200
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [1_000, 12_000]


def test_staff_close_a_failed_refund_that_the_buyer_has_otherwise(console, order):
    send(console, order, amount="12000")
    refund = Refund.objects.get()
    fail_refund(refund.pk, error="No")
    action = {"action": "close", "_selected_action": refund.pk, "reason": "By the bank."}

    refused = console.post(LIST, action, follow=True)
    assert b"is still owed to the buyer" in refused.content
    send(console, order, amount=str(order.total_amount))
    complete_refund(Refund.objects.latest("pk").pk)
    console.post(LIST, action)

    refund.refresh_from_db()
    assert (refund.status, refund.last_error) == ("rejected", f"{console.user}: By the bank.")
    note = LogEntry.objects.get(object_id=str(refund.pk), change_message__contains="By the bank.")
    assert note.user == console.user


def test_staff_name_what_replaces_a_failed_refund(console, order):
    send(console, order, amount="12000")
    failed = Refund.objects.get()
    fail_refund(failed.pk, error="No")
    send(console, order, amount="12000")
    sent = Refund.objects.latest("pk")
    complete_refund(sent.pk)
    action = {"action": "replace", "_selected_action": failed.pk}

    refused = console.post(LIST, {**action, "reason": "the other one"}, follow=True)
    assert b"not the id of a refund" in refused.content
    console.post(LIST, {**action, "reason": f" {sent.pk} "})

    failed.refresh_from_db()
    assert (failed.status, failed.replaced_by) == ("rejected", sent)
    assert failed.last_error == f"{console.user}: Replaced by {sent.pk}."


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "many"},
        {"amount": "1", "units": "TRA SEN-1 1"},
        {"amount": "99999999"},
        {"units": "TRA SEN-1"},
        {"units": "TRA SEN-1 -1"},
        {"units": "TRA SEN-1 ²"},
        {"units": "TRA SEN-1 4"},
        {"units": "OTHER 1"},
        {"order": "nothing", "amount": "1"},
        {"amount": "1", "reason": ""},
    ],
)
def test_what_cannot_be_refunded_is_said_and_changes_nothing(console, order, form):
    response = send(console, order, **form)

    assert response.status_code == 200
    assert b"errorlist" in response.content or b"messagelist" in response.content
    assert not Refund.objects.exists()
