"""Files: made once, the same whoever makes them, and handed out only as they were made."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.utils import timezone

from marketplace.common.files.storage import private_storage
from marketplace.common.media import StorageUnavailable
from marketplace.common.testing import drain_outbox, run_in_parallel, s3_storage
from orders.documents.constants import DocumentStatus
from orders.documents.models import Document, DocumentFile
from orders.documents.pdf import render
from orders.documents.services.invoices import issue_invoice
from orders.documents.services.rendering import overdue_documents, read_document, render_document
from orders.documents.tasks import render_task
from orders.documents.tests.factories import delivered_cash, ready_invoice

pytestmark = pytest.mark.django_db


def test_file_is_made_once():
    invoice = issue_invoice(delivered_cash().pk)

    assert render_document(invoice.pk) is True
    made = DocumentFile.objects.values().get()
    assert render_document(invoice.pk) is False

    assert DocumentFile.objects.values().get() == made
    assert read_document(DocumentFile.objects.get()) == render(invoice)


@pytest.mark.django_db(transaction=True)
def test_several_workers_make_one_file_with_the_same_bytes():
    invoice = issue_invoice(delivered_cash().pk)

    outcomes = run_in_parallel(lambda: render_document(invoice.pk), times=6)

    assert set(outcomes) == {True, False}
    assert outcomes.count(True) == 1
    assert read_document(DocumentFile.objects.get()) == render(invoice)


def test_file_that_was_changed_behind_our_back_is_not_handed_out():
    file = ready_invoice().file
    private_storage().replace(file.name, b"%PDF-1.4 paid in full")

    with pytest.raises(StorageUnavailable):
        read_document(file)


def test_file_that_is_gone_is_not_handed_out():
    file = ready_invoice().file
    storages["private"].delete(file.name)

    with pytest.raises(StorageUnavailable):
        read_document(file)


def test_lost_task_is_made_up_for(capsys):
    invoice = issue_invoice(delivered_cash().pk)
    assert overdue_documents(10) == []
    DocumentFile.objects.update(created_at=timezone.now() - timedelta(minutes=6))

    call_command("render_documents", "--dry-run")
    call_command("render_documents")
    call_command("render_documents")

    assert capsys.readouterr().out.splitlines() == [
        "done=1 skipped=0 failed=0",
        "done=1 skipped=0 failed=0",
        "done=0 skipped=0 failed=0",
    ]
    assert DocumentFile.objects.get(document=invoice).status == DocumentStatus.READY


def test_orders_from_before_are_invoiced_by_command(capsys):
    delivered_cash()

    call_command("issue_invoices")
    call_command("issue_invoices")
    drain_outbox()

    assert capsys.readouterr().out.splitlines() == [
        "done=1 skipped=0 failed=0",
        "done=0 skipped=0 failed=0",
    ]
    assert Document.objects.get().file.status == DocumentStatus.READY


def test_storage_that_is_away_leaves_the_document_to_be_made(settings):
    invoice = issue_invoice(delivered_cash().pk)
    working = settings.STORAGES
    settings.STORAGES = working | {"private": s3_storage("http://127.0.0.1:9", "nothing")}

    with pytest.raises(StorageUnavailable):
        render_document(invoice.pk)
    assert DocumentFile.objects.get().status == DocumentStatus.PREPARING

    settings.STORAGES = working
    render_task(str(invoice.pk))
    assert DocumentFile.objects.get().status == DocumentStatus.READY


def test_nobody_reads_a_file_in_a_bucket_without_the_api(bucket, s3_endpoint, settings, client):
    settings.STORAGES = settings.STORAGES | {
        "private": s3_storage(s3_endpoint, bucket.name, querystring_auth=True)
    }
    file = ready_invoice().file

    assert read_document(file).startswith(b"%PDF")
    assert [row.key for row in bucket.objects.all()] == [file.name]
    assert file.name.startswith("documents/invoices/")


def test_no_address_of_the_site_leads_to_a_file(client, settings):
    file = ready_invoice().file

    for url in (f"/media/{file.name}", f"/media/../private/{file.name}", f"/{file.name}"):
        assert client.get(url).status_code == 404
    assert not (settings.MEDIA_ROOT / file.name).exists()
