"""The moment between a commit and the renewal that follows it, in which a process may die."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction

from catalog.models import Product
from catalog.services import products
from catalog.tests.factories import VariantFactory
from marketplace.common.ids import uuid7
from marketplace.common.read_cache import CLOSED, LEASE_SECONDS, catalogue_changed, client
from marketplace.common.testing.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/products"

# Hooks run in order: the process is gone before the store's own has its turn.
_SELL_OUT_AND_DIE = """
import os, signal, sys
from uuid import UUID
import django
django.setup()
from django.db import transaction
from catalog.inventory.services import set_on_hand
with transaction.atomic():
    transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
    set_on_hand(UUID(sys.argv[1]), 0, actor=None)
"""


def test_sold_out_product_is_not_shown_in_stock_when_its_process_died_after_the_commit(site):
    variant = VariantFactory(stock=1)
    urls = [f"{LIST}/{variant.product.slug}", LIST]
    assert [site.get(url).status for url in urls] == [200, 200]

    died = subprocess.run(
        [sys.executable, "-c", _SELL_OUT_AND_DIE, str(variant.pk)],
        cwd=django_settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        },
        timeout=60,
    )

    assert died.returncode == -signal.SIGKILL
    assert not Product.objects.get().in_stock
    for _ in range(2):
        detail, listed = (site.get(url).json for url in urls)
        assert detail["in_stock"] is False
        assert listed["results"][0]["in_stock"] is False
    assert 0 < client().call(b"PTTL", CLOSED) <= LEASE_SECONDS * 1000
    # When the lease has ended, answers are stored again, and none of before is left to be found.
    client().call(b"DEL", CLOSED)
    site.passed.clear()
    assert [site.get(urls[0]).json["in_stock"] for _ in range(2)] == [False, False]
    assert len(site.passed) == 1


def test_another_commit_does_not_open_the_store_while_one_is_under_way(site):
    variant = VariantFactory(stock=1)
    site.get(LIST)
    is_closed, may_end = threading.Event(), threading.Event()

    def hold_up():
        is_closed.set()
        assert may_end.wait(60)

    def sell_out():
        try:
            with transaction.atomic():
                transaction.on_commit(hold_up)
                Product.objects.filter(pk=variant.product_id).update(in_stock=False)
                catalogue_changed()
        finally:
            connection.close()

    seller = threading.Thread(target=sell_out)
    seller.start()
    assert is_closed.wait(60)
    products.update_product(variant.product_id, actor=None, title="Mới")
    assert client().call(b"GET", CLOSED) is not None
    assert site.get(LIST).json["results"][0]["title"] == "Mới"
    may_end.set()
    seller.join()

    assert client().call(b"GET", CLOSED) is None
    site.passed.clear()
    assert [site.get(LIST).json["results"][0]["in_stock"] for _ in range(2)] == [False, False]
    assert len(site.passed) == 1


def test_commit_that_is_refused_opens_the_store_again(site):
    product = VariantFactory().product
    site.get(LIST)

    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(category_id=uuid7())
        catalogue_changed()

    assert client().call(b"GET", CLOSED) is None
    site.passed.clear()
    assert [site.get(LIST).status for _ in range(2)] == [200, 200]
    assert len(site.passed) == 1
