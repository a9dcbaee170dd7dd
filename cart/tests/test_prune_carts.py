from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from cart import services
from cart.models import Cart, CartItem
from cart.tests.factories import CartFactory, CartItemFactory, GuestCartFactory
from marketplace.common.locks import job_lock
from marketplace.common.testing import run_in_parallel


def run(*args):
    out = StringIO()
    call_command("prune_carts", *args, stdout=out)
    return out.getvalue().strip()


def expired_carts(count):
    past = timezone.now() - timedelta(seconds=1)
    return [
        CartItemFactory(cart__user=None, cart__token_hash=f"{n}", cart__expires_at=past).cart
        for n in range(count)
    ]


@pytest.mark.django_db
def test_prune_deletes_expired_guest_carts_only():
    expired_carts(3)
    kept = {CartFactory(), GuestCartFactory()}

    assert run() == "pruned=3"

    assert set(Cart.objects.all()) == kept
    assert CartItem.objects.count() == 0
    assert run() == "pruned=0"


@pytest.mark.django_db
def test_prune_stops_at_the_limit_also_over_several_batches(monkeypatch):
    expired_carts(5)
    monkeypatch.setattr(services, "PRUNE_BATCH", 2)

    assert run("--limit", "3") == "pruned=3"

    assert Cart.objects.count() == 2


@pytest.mark.django_db
def test_dry_run_only_counts():
    expired_carts(2)

    assert run("--dry-run") == "expired=2"
    assert Cart.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_prune_does_nothing_while_it_runs_elsewhere():
    expired_carts(1)

    with job_lock("cart.prune"):
        [pruned] = run_in_parallel(services.prune_carts, times=1)

    assert pruned == 0
    assert Cart.objects.count() == 1
    assert services.prune_carts() == 1


@pytest.mark.django_db
def test_prune_finds_expired_carts_by_their_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "cart_by_age" in Cart.objects.expired().order_by("expires_at")[:500].explain()
