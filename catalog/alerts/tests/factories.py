"""Alerts for tests."""

from typing import Any

import factory

from accounts.models import User
from accounts.tests.factories import UserFactory
from catalog.alerts.constants import AlertKind
from catalog.alerts.models import Alert
from catalog.models import Product
from catalog.tests.factories import VariantFactory


class AlertFactory(factory.django.DjangoModelFactory[Alert]):
    """Somebody waits for a product that is sold out."""

    class Meta:
        model = Alert

    user = factory.SubFactory(UserFactory)
    product = factory.LazyFunction(lambda: VariantFactory(stock=0).product)
    kind = AlertKind.BACK_IN_STOCK
    price_amount = 100_000


def make_crowd(product: Product, number: int, **alert: Any) -> None:
    """Have that many people wait for a product, in two statements."""
    users = [User(phone_number=f"+84{910_000_000 + i}", full_name="An") for i in range(number)]
    User.objects.bulk_create(users)
    values = {"kind": AlertKind.BACK_IN_STOCK, "price_amount": 100_000, **alert}
    Alert.objects.bulk_create(Alert(user=user, product=product, **values) for user in users)
