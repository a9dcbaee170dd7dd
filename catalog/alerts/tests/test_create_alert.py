"""Asking for alerts: once, within limits, also at once."""

from datetime import timedelta

import factory
import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.services.closing import close_account
from accounts.tests.factories import PASSWORD, UserFactory
from catalog.alerts.constants import MAX_ALERTS, AlertKind
from catalog.alerts.errors import TooManyAlerts
from catalog.alerts.models import Alert
from catalog.alerts.services import create_alert
from catalog.alerts.tests.factories import AlertFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.ids import uuid7
from marketplace.common.testing import drain_outbox, run_in_parallel

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_at_once_make_one_alert():
    user, product = UserFactory(), VariantFactory(stock=0).product

    outcomes = run_in_parallel(
        lambda: create_alert(product.pk, user=user, kind=AlertKind.BACK_IN_STOCK), times=50
    )

    assert sum(is_new for _alert, is_new in outcomes) == 1
    assert {alert.pk for alert, _is_new in outcomes} == {Alert.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_no_more_wait_than_the_limit_when_requests_race():
    user = UserFactory()
    product = VariantFactory(stock=0).product
    kinds = factory.Sequence("kind-{}".format)
    AlertFactory.create_batch(MAX_ALERTS - 2, user=user, product=product, kind=kinds)
    products = [VariantFactory(stock=0).product for _ in range(10)]

    outcomes = run_in_parallel(
        lambda row: create_alert(row.pk, user=user, kind=AlertKind.BACK_IN_STOCK),
        arguments=products,
    )

    assert sum(isinstance(outcome, TooManyAlerts) for outcome in outcomes) == 8
    assert Alert.objects.waiting().count() == MAX_ALERTS


def test_what_was_told_does_not_count_towards_the_limit():
    user = UserFactory()
    told = {"told_at": timezone.now(), "batch_id": uuid7()}
    product = VariantFactory(stock=0).product
    AlertFactory.create_batch(MAX_ALERTS, user=user, product=product, **told)

    _alert, is_new = create_alert(product.pk, user=user, kind=AlertKind.BACK_IN_STOCK)

    assert is_new


def test_closing_an_account_deletes_its_alerts():
    mine, other = AlertFactory(user__phone_number="+84911222333"), AlertFactory()
    mine.user.set_password(PASSWORD)
    mine.user.save()

    close_account(mine.user_id, password=PASSWORD)
    drain_outbox()

    assert list(Alert.objects.all()) == [other]


def test_pruning_deletes_what_was_told_long_ago(capsys):
    now = timezone.now()
    AlertFactory(told_at=now - timedelta(days=91), batch_id=uuid7())
    kept = [AlertFactory(told_at=now - timedelta(days=89), batch_id=uuid7()), AlertFactory()]

    call_command("prune_alerts")

    assert capsys.readouterr().out == "pruned=1\n"
    assert set(Alert.objects.all()) == set(kept)
