from importlib import import_module

import pytest
from django.apps import apps

from marketplace.demo.services import seed_demo

PRODUCTS = 300


def offer_shipping():
    """Bring the default rate table back, which tests with real transactions flush away."""
    import_module("shops.shipping.migrations.0002_default_methods").create_methods(apps, None)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """One demo for the whole module, rolled back at its end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        offer_shipping()
        seed_demo(products=PRODUCTS, shops=5)
        yield
        transaction.set_rollback(True)
