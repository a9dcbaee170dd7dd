"""The mail that tells a day's notifications at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.tests.factories import UserFactory
from marketplace.common.locks import job_lock
from marketplace.common.testing import run_in_parallel
from notifications.models import Delivery, MailChoice
from notifications.services.digest import send_digests
from notifications.services.sending import send_due
from notifications.tests.telling import MORNING, make_due, states, tell

pytestmark = pytest.mark.django_db


def test_daily_mail_tells_all_at_once_and_once(user, clock, settings):
    settings.SHOP_FRONT_URL = "https://shop.test"
    MailChoice.objects.create(user=user, digest="daily")
    other = UserFactory(email_verified_at=timezone.now())
    for number in range(3):
        tell(user, "order_placed", str(number))
    tell(user, "password_changed", "security")
    tell(other, "order_placed", "other")

    send_due()
    assert len(mail.outbox) == 2
    assert send_digests().done == 0

    # Eight o'clock.
    clock.move_to(MORNING + timedelta(hours=1))
    assert send_digests().done == 1
    assert send_digests().done == 0
    send_due()

    assert len(mail.outbox) == 3
    digest = mail.outbox[-1]
    assert (digest.to, digest.subject) == ([user.email], "Thông báo hôm nay của bạn (3)")
    assert digest.body.count("Đặt hàng thành công") == 3
    assert {row.state for row in Delivery.objects.all()} == {"sent"}
    # The next one is of what came since.
    tell(user, "order_delivered", "later")
    clock.shift(timedelta(days=1))
    assert send_digests().done == 1
    assert mail.outbox[-1].subject == "Thông báo hôm nay của bạn (1)"


def test_daily_mail_that_fails_is_tried_again_with_the_same(user, clock, smtp):
    MailChoice.objects.create(user=user, digest="daily")
    tell(user, "order_placed", "a")
    tell(user, "order_placed", "b")
    clock.move_to(MORNING + timedelta(hours=1))
    smtp.answers["RCPT"] = "451 later"
    assert send_digests().failed == 1
    assert send_digests().done == 0

    smtp.answers.clear()
    clock.shift(60)
    assert send_digests().done == 1

    assert len(smtp.mails) == 1
    assert states() == [("email", "sent")] * 2


@pytest.mark.django_db(transaction=True)
def test_daily_mail_started_many_times_at_once_goes_out_once(user):
    MailChoice.objects.create(user=user, digest="daily")
    for number in range(5):
        tell(user, "order_placed", str(number))
    make_due()

    run_in_parallel(send_digests, times=6)

    assert len(mail.outbox) == 1
    assert states() == [("email", "sent")] * 5


@pytest.mark.django_db(transaction=True)
def test_daily_mails_that_another_process_sends_are_left_to_it(user):
    """Two at once would halve a user's messages between them, and send two mails."""
    MailChoice.objects.create(user=user, digest="daily")
    tell(user, "order_placed")
    make_due()
    is_held, is_over = Event(), Event()

    def hold() -> None:
        with job_lock("notifications.digest"):
            is_held.set()
            is_over.wait(timeout=30)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(hold)
        is_held.wait(timeout=30)
        result = send_digests()
        is_over.set()
        holder.result()

    assert result.is_running_elsewhere
    assert not mail.outbox
    assert send_digests().done == 1
