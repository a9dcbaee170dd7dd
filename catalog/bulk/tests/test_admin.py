"""Imports in the console."""

import pytest
from django.urls import reverse

from accounts.tests.factories import UserFactory
from catalog.bulk.models import ImportJob
from catalog.bulk.services import run_import
from catalog.bulk.tests.files import csv_file
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def console(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def test_staff_import_a_file_for_a_shop_and_read_its_errors(console):
    shop = ShopFactory()
    form = {"shop": shop.pk, "file": csv_file([["sku", "price"], ["A-1", "x"]])}

    response = console.post(reverse("admin:bulk_importjob_add"), form)

    assert response.status_code == 302, response.content
    job = ImportJob.objects.get()
    assert (job.shop, job.state, job.file_name) == (shop, "pending", "goods.csv")
    run_import(job.pk)
    assert console.get(reverse("admin:bulk_importjob_changelist")).status_code == 200
    page = console.get(reverse("admin:bulk_importjob_change", args=[job.pk]))
    assert "1 of 1" in page.content.decode()
    assert "errors.csv" in page.content.decode()
    errors = console.get(reverse("admin:bulk_importjob_errors", args=[job.pk]))
    assert b"2,price,invalid" in b"".join(errors.streaming_content)


def test_wrong_file_is_told_and_kept_nowhere(console):
    form = {"shop": ShopFactory().pk, "file": csv_file([["colour"], ["x"]])}

    response = console.post(reverse("admin:bulk_importjob_add"), form, follow=True)

    assert "Unknown column colour." in response.content.decode()
    assert not ImportJob.objects.exists()


def test_staff_cancel_an_import(console):
    job = ImportJob.objects.create(shop=ShopFactory(), format="csv")

    console.post(
        reverse("admin:bulk_importjob_changelist"),
        {"action": "cancel", "_selected_action": [str(job.pk)]},
    )

    job.refresh_from_db()
    assert job.state == "cancelled"
