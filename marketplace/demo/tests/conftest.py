import pytest

from marketplace.demo.services import seed_demo

PRODUCTS = 300


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """One demo for the whole module, rolled back at its end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        seed_demo(products=PRODUCTS, shops=5)
        yield
        transaction.set_rollback(True)
