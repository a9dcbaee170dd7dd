"""An order that was paid."""

import pytest

from catalog.tests.factories import VariantFactory
from orders.payments.tests.factories import place_paid


@pytest.fixture
def paid():
    """Two units of 200,000 and shipping of 30,000, paid; 5 % commission is 20,000."""
    return place_paid((VariantFactory(price_amount=200_000, stock=10), 2))
