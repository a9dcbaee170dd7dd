"""Sellers hear of their monthly statements."""

import pytest

from marketplace.common.testing import drain_outbox
from notifications.models import Notification
from orders.documents.tests.factories import ready_statement
from orders.payments.tests.factories import place_paid

pytestmark = pytest.mark.django_db


def test_seller_is_told_when_the_file_is_there():
    shop = place_paid().shop
    statement = ready_statement(shop)

    drain_outbox()

    note = Notification.objects.get(type="statement_ready")
    assert note.user_id == shop.owner_id
    assert note.data == {"statement_id": str(statement.pk), "shop_id": str(shop.pk)}
    assert shop.name in note.body
    assert "125.000 ₫" in note.body
