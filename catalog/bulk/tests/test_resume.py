"""Workers that die, and workers that meet."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from catalog.bulk import jobs, services
from catalog.bulk.constants import MAX_ATTEMPTS
from catalog.bulk.models import ImportJob
from catalog.bulk.services import cancel_import, due_imports, request_import, run_import
from catalog.bulk.tests.files import counts, csv_file, errors_of
from catalog.inventory.models import StockMovement
from catalog.models import Product, ProductVariant
from catalog.tests.factories import CategoryFactory
from marketplace.common.testing.parallel import run_in_parallel
from marketplace.common.testing.processes import database_url
from shops.tests.factories import ShopFactory

HEADER = ["product", "title", "category", "sku", "price", "stock"]
PATIENCE_SECONDS = 90


def make_job(products, *, wrong=()):
    CategoryFactory(slug="ao")
    rows = [
        [f"p{n}", f"Áo {n}", "ao", f"S-{n}-{size}", "x" if n in wrong else 1000 + n, 2]
        for n in range(products)
        for size in "ML"
    ]
    shop = ShopFactory()
    return request_import(shop.pk, actor=shop.owner, upload=csv_file([HEADER, *rows]))


def expire_lease(job):
    """What time does to the lease of a worker that is gone."""
    ImportJob.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_killed_worker_is_taken_over_without_doubling_a_row():
    job = make_job(3000, wrong={7, 2990})
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "run_imports"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            # The tests' own settings would give it another folder for files.
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.dev",
            "DATA_DIR": str(settings.DATA_DIR),
        },
        start_new_session=True,
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while ImportJob.objects.get(pk=job.pk).processed_rows < 1000:
        assert time.monotonic() < deadline, "the worker applied nothing"
        assert worker.poll() is None, "the worker ended by itself"
        time.sleep(0.005)

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()

    job.refresh_from_db()
    assert job.state == "running"
    assert 1000 <= job.processed_rows < 6000, "killed too late to show anything"
    assert due_imports(10) == []
    expire_lease(job)
    assert jobs.run_imports().done == 1
    job.refresh_from_db()
    assert (job.state, job.processed_rows) == ("done", 6000)
    assert counts(job) == (5996, 0, 0, 4)
    assert [row for row, _, _ in errors_of(job)] == [16, 17, 5982, 5983]
    assert (Product.objects.count(), ProductVariant.objects.count()) == (2998, 5996)
    assert StockMovement.objects.count() == 5996


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_run_one_import():
    job = make_job(300)

    outcomes = run_in_parallel(lambda: run_import(job.pk), times=3)

    job.refresh_from_db()
    assert sorted(outcomes) == [False, False, True]
    assert counts(job) == (600, 0, 0, 0)
    assert StockMovement.objects.count() == 600


@pytest.mark.django_db
def test_worker_whose_lease_went_to_another_applies_nothing(monkeypatch):
    job = make_job(5)
    real = services._batches

    def overtaken(*args):
        ImportJob.objects.filter(pk=job.pk).update(lease="01900000-0000-7000-8000-000000000000")
        yield from real(*args)

    monkeypatch.setattr(services, "_batches", overtaken)

    assert run_import(job.pk) is False

    job.refresh_from_db()
    assert (job.state, job.processed_rows) == ("running", 0)
    assert not Product.objects.exists()


@pytest.mark.django_db
def test_cancelling_stops_after_the_batch(monkeypatch):
    job = make_job(600)
    real = services._apply

    def cancelling(*args):
        real(*args)
        cancel_import(job.pk, actor=None)

    monkeypatch.setattr(services, "_apply", cancelling)

    assert run_import(job.pk) is False

    job.refresh_from_db()
    assert (job.state, job.processed_rows) == ("cancelled", 400)
    assert Product.objects.count() == 200


@pytest.mark.django_db
def test_import_that_always_fails_is_given_up(monkeypatch):
    job = make_job(1)

    def broken(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(services, "apply_products", broken)
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            run_import(job.pk)
        assert due_imports(10) == []
        expire_lease(job)

    assert run_import(job.pk) is True

    job.refresh_from_db()
    assert job.state == "failed"
    assert "again and again" in job.message


@pytest.mark.django_db(transaction=True)
def test_sku_taken_by_a_request_in_the_same_moment_is_told(monkeypatch):
    from catalog.services import batches
    from catalog.tests.factories import VariantFactory

    job = make_job(3)
    other = VariantFactory(product__shop=job.shop, sku="OTHER")
    real = batches._write

    def racing(*args):
        # Another connection commits the sku between the reading and the writing.
        def take() -> None:
            ProductVariant.objects.filter(pk=other.pk).update(sku="s-1-m")

        run_in_parallel(take, times=1)
        real(*args)

    monkeypatch.setattr(batches, "_write", racing)

    run_import(job.pk)

    job.refresh_from_db()
    assert (job.state, counts(job)) == ("done", (4, 0, 0, 2))
    assert errors_of(job) == [(4, "sku", "sku_taken"), (5, "", "product_refused")]
    assert connection.in_atomic_block is False
