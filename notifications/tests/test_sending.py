"""Mail and SMS on their way: tried, tried again, given up, replayed."""

import json
from datetime import timedelta
from email import message_from_bytes, policy
from threading import Barrier, Lock

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.tests.factories import StaffFactory, UserFactory
from marketplace.common import messaging
from marketplace.common.errors import InvalidTransition
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, run_in_parallel
from notifications.constants import DeliveryState
from notifications.models import Delivery, MailChoice, Notification, Preference
from notifications.services import sending
from notifications.services.sending import replay_delivery, send_due
from notifications.services.telling import Contact
from notifications.tests.factories import DeliveryFactory
from notifications.tests.telling import MORNING, NIGHT, make_due, states, tell

pytestmark = pytest.mark.django_db


def test_message_goes_out_by_each_way_of_its_type(user, clock):
    tell(user)

    result = send_due()

    assert str(result) == "done=2 skipped=0 failed=0"
    assert states() == [("email", "sent"), ("sms", "sent")]
    assert [sms["to"] for sms in messaging.sent_sms] == [user.phone_number]
    assert messaging.sent_sms[0]["body"] == "Don hang X dang tren duong den ban."
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([user.email], "Đơn hàng đang được giao")
    assert "Đơn hàng X đang trên đường đến bạn." in message.body
    assert str(send_due()) == "done=0 skipped=0 failed=0"
    assert len(mail.outbox) == 1


def test_user_gets_what_he_chose(user, clock):
    Preference.objects.create(user=user, type="order_shipped", channels=["sms"])
    Preference.objects.create(user=user, type="order_packed", channels=["email"])

    tell(user, "order_shipped", "a")
    tell(user, "order_packed", "b")

    assert states() == [("email", "pending"), ("sms", "pending")]
    assert Delivery.objects.get(channel="email").notification.type == "order_packed"


def test_nothing_goes_to_a_contact_that_nobody_confirmed():
    tell(UserFactory(phone_verified_at=None))

    assert Notification.objects.count() == 1
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("is_mail_confirmed", "channel"), [(True, "email"), (False, "sms")])
def test_security_goes_to_the_surest_contact_whatever_was_chosen(is_mail_confirmed, channel):
    user = UserFactory(email_verified_at=timezone.now() if is_mail_confirmed else None)
    Preference.objects.create(user=user, type="password_changed", channels=[])
    MailChoice.objects.create(user=user, digest="daily")

    tell(user, "password_changed")

    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.is_urgent, delivery.in_digest) == (channel, True, False)
    Preference.objects.all().delete()


def test_message_for_one_address_goes_there_alone(user, clock):
    tell(user, "contact_changed", only_to=Contact("email", "old@example.test"))

    send_due()

    assert [message.to for message in mail.outbox] == [["old@example.test"]]
    assert Delivery.objects.get().destination == ""


def test_security_goes_before_what_has_waited_longer(user, clock):
    tell(user, "order_placed", "a")
    clock.shift(60)
    tell(user, "password_changed", "b")

    send_due()

    subjects = [message.subject for message in mail.outbox]
    assert subjects == ["Mật khẩu đã thay đổi", "Đặt hàng thành công"]


def test_telling_again_makes_nothing_twice(user):
    assert len(tell(user)) == 1
    assert tell(user) == []

    assert Notification.objects.count() == 1
    assert Delivery.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_event_told_by_many_at_once_is_told_once(user):
    outcomes = run_in_parallel(lambda: tell(user), times=8)

    assert sorted(len(outcome) for outcome in outcomes) == [0] * 7 + [1]
    assert Notification.objects.count() == 1
    assert states() == [("email", "pending"), ("sms", "pending")]


@pytest.mark.django_db(transaction=True)
def test_many_senders_send_each_once(user, monkeypatch):
    for number in range(30):
        tell(user, "order_placed", str(number))
    sent, guard, barrier = [], Lock(), Barrier(6)

    def run():
        barrier.wait(timeout=30)
        return send_due()

    def send(delivery, to):
        with guard:
            sent.append(delivery.pk)
        connection.ensure_connection()

    monkeypatch.setattr(sending, "_send_mail", lambda mailer, delivery, to: send(delivery, to))

    results = run_in_parallel(run, times=6)

    assert sum(result.done for result in results) == 30
    assert len(sent) == len(set(sent)) == 30


@pytest.mark.django_db(transaction=True)
def test_sender_never_waits_for_another(user):
    """A delivery that somebody holds is left to him."""
    tell(user, "order_placed", "a")
    tell(user, "order_placed", "b")

    claimed = run_in_parallel(lambda: sending._claim("email"), times=2)

    assert len({delivery.pk for delivery in claimed}) == 2


def test_sender_whose_lease_ran_out_does_not_undo_what_another_noted(user, clock):
    tell(user, "order_placed")
    slow = sending._claim("email")
    clock.shift(121)
    assert send_due().done == 1

    sending.note_failure([slow], OSError("too late"))

    assert states() == [("email", "sent")]


def test_sender_whose_lease_ran_out_says_nothing_of_anothers_try(user, clock):
    tell(user, "order_placed")
    slow = sending._claim("email")
    clock.shift(121)
    taken_over = sending._claim("email")

    sending.note_refused([slow], OSError("too late"))
    assert states() == [("email", "pending")]
    sending.note_sent([taken_over])

    assert states() == [("email", "sent")]


def test_lease_keeps_others_off(user, clock):
    tell(user, "order_placed")
    sending._claim("email")

    assert send_due().done == 0
    clock.shift(121)
    assert send_due().done == 1


def test_mail_that_fails_is_tried_again_with_growing_pauses_and_parked_after_a_day(
    user, clock, smtp, caplog
):
    tell(user, "order_placed")
    smtp.answers["RCPT"] = "451 try later"

    pauses = []
    for _ in range(60):
        send_due()
        delivery = Delivery.objects.get()
        if delivery.state == DeliveryState.PARKED:
            break
        pauses.append((delivery.next_try_at - timezone.now()).total_seconds())
        clock.move_to(delivery.next_try_at)

    assert delivery.state == DeliveryState.PARKED
    assert "451" in delivery.last_error
    for pause, least in zip(pauses, (15, 60, 300, 900, 1800, 3600, 3600), strict=False):
        assert 0.8 * least <= pause <= 1.2 * least
    assert len(set(pauses[6:])) > 10, "no jitter"
    assert timedelta(days=1) <= timezone.now() - delivery.first_try_at < timedelta(hours=26)
    assert "is parked" in caplog.text
    assert not smtp.mails

    # The provider is well again.
    smtp.answers.clear()
    send_due()
    assert not smtp.mails
    replay_delivery(delivery.pk)
    send_due()
    assert states() == [("email", "sent")]
    assert len(smtp.mails) == 1


def test_mail_that_is_refused_for_good_is_not_tried_again(user, clock, smtp):
    tell(user, "order_placed")
    smtp.answers["RCPT"] = "550 no such user"

    send_due()
    clock.shift(86400)
    send_due()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == (DeliveryState.FAILED, 1)
    assert "550" in delivery.last_error


def test_refused_one_does_not_keep_the_others(user, clock, smtp):
    bad = UserFactory(email_verified_at=timezone.now(), email="x@example.test")
    tell(bad, "order_placed", "a", only_to=Contact("email", "a\n@example.test"))
    tell(user, "order_placed", "b")

    send_due()

    assert states() == [("email", "failed"), ("email", "sent")]


def test_mail_server_that_is_down_is_asked_once_a_run(user, clock, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for number in range(5):
        tell(user, "order_placed", str(number))

    assert send_due().failed == 1

    assert sorted(Delivery.objects.values_list("tries", flat=True)) == [0, 0, 0, 0, 1]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}


def test_many_mails_take_one_connection(user, clock, smtp):
    for number in range(20):
        tell(user, "order_placed", str(number))

    assert send_due().done == 20

    assert len(smtp.mails) == 20
    assert smtp.connections == 1


def test_connection_that_was_lost_is_opened_again(user, clock, smtp):
    for number in range(3):
        tell(user, "order_placed", str(number))
    smtp.answers["RCPT"] = "451 later"
    send_due()
    smtp.answers.clear()
    make_due()

    assert send_due().done == 3


def test_mail_has_both_bodies_and_the_headers_of_a_machine(user, clock, smtp, settings):
    settings.SITE_URL, settings.SHOP_FRONT_URL = "https://api.shop.test", "https://shop.test"
    tell(user, "order_placed")
    key = Delivery.objects.get().pk

    send_due()

    message = message_from_bytes(smtp.mails[0], policy=policy.default)
    assert message["Message-ID"] == f"<{key}@api.shop.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<https://shop.test/profile/notifications>"
    assert message.get_body(("plain",)).get_content().startswith("Chào Nguyễn Văn")
    assert "<h1" in message.get_body(("html",)).get_content()


def test_sms_waits_for_the_morning_and_security_does_not(user, clock):
    clock.move_to(NIGHT)
    user.email_verified_at = None
    user.save(update_fields=["email_verified_at"])
    tell(user, "order_shipped", "a")
    tell(user, "password_changed", "b")

    send_due()
    assert [sms["body"][:8] for sms in messaging.sent_sms] == ["Mat khau"]

    clock.move_to(MORNING - timedelta(minutes=1))
    assert send_due().done == 0
    clock.move_to(MORNING)
    assert send_due().done == 1
    assert messaging.sent_sms[-1]["body"].startswith("Don hang")


def test_night_is_that_of_the_deployment(user, clock, settings):
    settings.LOCAL_TIME_ZONE = "America/New_York"
    clock.move_to(NIGHT)
    tell(user)

    send_due()

    assert len(messaging.sent_sms) == 1


def test_sms_beyond_the_cap_wait_and_staff_are_told(user, clock, settings):
    settings.SMS_DAILY_CAP = 5
    staff = StaffFactory(language="en")
    for number in range(6):
        tell(user, "order_shipped", str(number))

    send_due()

    assert len(messaging.sent_sms) == 4
    assert states().count(("sms", "pending")) == 2
    drain_outbox()
    told = Notification.objects.get(user=staff)
    assert (told.type, told.title) == ("sms_cap_reached", "Daily SMS cap reached")
    # A day later there is room.
    clock.shift(timedelta(hours=27))
    send_due()
    assert states().count(("sms", "sent")) == 6


def test_sms_file_of_development_names_each_message(user, clock, settings, tmp_path):
    settings.SMS_BACKEND, settings.SMS_FILE_PATH = "file", tmp_path / "sms.jsonl"
    tell(user)

    send_due()

    (line,) = (json.loads(row) for row in settings.SMS_FILE_PATH.read_text().splitlines())
    assert (line["to"], line["body"]) == (user.phone_number, "Don hang X dang tren duong den ban.")


def test_user_who_lost_the_mailbox_meanwhile_gets_nothing(user, clock):
    tell(user, "order_placed")
    user.email_verified_at = None
    user.save(update_fields=["email_verified_at"])

    send_due()

    assert states() == [("email", "failed")]
    assert not mail.outbox


def test_only_what_was_given_up_can_be_replayed(user, clock):
    tell(user, "order_placed")
    delivery = Delivery.objects.get()

    with pytest.raises(InvalidTransition):
        replay_delivery(delivery.pk)
    send_due()
    with pytest.raises(InvalidTransition):
        replay_delivery(delivery.pk)

    assert len(mail.outbox) == 1


def test_replay_command_puts_parked_ones_back(capsys):
    DeliveryFactory.create_batch(2, state=DeliveryState.PARKED)
    DeliveryFactory(state=DeliveryState.FAILED)

    call_command("replay_deliveries", "--dry-run")
    call_command("replay_deliveries")

    assert capsys.readouterr().out == "done=2 skipped=0 failed=0\n" * 2
    assert Delivery.objects.filter(state="pending").count() == 2


def test_message_that_cannot_be_put_into_words_does_not_keep_the_others(user, clock, monkeypatch):
    DeliveryFactory(notification__type="of another release")
    tell(user, "order_placed")

    result = send_due()

    assert (result.done, result.failed) == (1, 1)


def test_alarm_of_the_cap_is_one_event(user, clock, settings):
    settings.SMS_DAILY_CAP = 1
    for number in range(3):
        tell(user, "order_shipped", str(number))
        send_due()

    assert OutboxEvent.objects.filter(topic="site.sms_cap_exhausted").count() == 1
