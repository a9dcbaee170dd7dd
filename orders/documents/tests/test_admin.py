"""Documents in the console."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.services import setup_groups
from accounts.tests.factories import UserFactory
from marketplace.common.audit.constants import Operation
from marketplace.common.audit.models import Entry
from orders.documents.pdf import render
from orders.documents.services.invoices import issue_invoice
from orders.documents.tests.factories import delivered_cash, ready_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance(client):
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="Finance"))
    client.force_login(user)
    return client


def test_finance_finds_and_downloads_documents(finance):
    invoice = ready_invoice()
    address = reverse("admin:documents_document_file", args=[invoice.pk])

    for term in ("", invoice.number.lower(), invoice.order.number, str(invoice.order_id)):
        page = finance.get(reverse("admin:documents_document_changelist"), {"q": term})
        assert address in page.content.decode()
    page = finance.get(reverse("admin:documents_document_change", args=[invoice.pk]))
    assert address in page.content.decode()
    response = finance.get(address)
    assert response.content == render(invoice)
    assert response["Content-Type"] == "application/pdf"
    looked = Entry.objects.get(operation=Operation.UNMASKED)
    assert (looked.object_id, looked.object_name) == (str(invoice.pk), invoice.number)


def test_file_that_is_not_made_cannot_be_downloaded(finance):
    invoice = issue_invoice(delivered_cash().pk)

    page = finance.get(reverse("admin:documents_document_changelist"))

    assert "being made" in page.content.decode()
    address = reverse("admin:documents_document_file", args=[invoice.pk])
    assert finance.get(address).status_code == 404


def test_staff_without_the_permission_download_nothing(client):
    address = reverse("admin:documents_document_file", args=[ready_invoice().pk])

    client.force_login(UserFactory(is_staff=True))
    assert client.get(address).status_code == 403
    client.force_login(UserFactory())
    assert client.get(address).status_code == 302
