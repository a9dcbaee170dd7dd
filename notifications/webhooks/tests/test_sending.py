"""Messages on their way: signed, tried again, given up, replayed, and never twice at once."""

import hashlib
import hmac
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from marketplace.common.errors import InvalidTransition
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, run_in_parallel
from notifications.models import Notification
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.services import sending
from notifications.webhooks.services.endpoints import (
    change_endpoint,
    replay_delivery,
    rotate_secret,
)
from notifications.webhooks.services.pruning import prune_log
from notifications.webhooks.services.sending import send_due
from notifications.webhooks.signing import secret_of
from notifications.webhooks.tests.conftest import NOON
from notifications.webhooks.tests.factories import WebhookDeliveryFactory, WebhookEndpointFactory

pytestmark = pytest.mark.django_db


def signed_by(received, secret):
    """Tell whether a secret made one of the signatures, as docs/webhooks.md shows it."""
    parts = [part.split("=", 1) for part in received.headers["X-Webhook-Signature"].split(",")]
    time = dict(parts)["t"]
    made = hmac.new(secret.encode(), f"{time}.{received.body}".encode(), hashlib.sha256)
    return made.hexdigest() in [value for name, value in parts if name == "v1"]


def make_due():
    WebhookDelivery.objects.filter(state="pending").update(next_try_at=timezone.now())


def test_message_arrives_signed(receiver, clock):
    delivery = WebhookDeliveryFactory(endpoint__url=f"{receiver.url}/in?a=1")
    endpoint = delivery.endpoint

    assert str(send_due()) == "done=1 skipped=0 failed=0"

    (received,) = receiver.received
    assert (received.path, received.body) == ("/in?a=1", delivery.body)
    assert received.headers["X-Webhook-Id"] == str(delivery.event_id)
    assert received.headers["X-Webhook-Topic"] == "order.placed"
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["Host"] == receiver.url.removeprefix("http://")
    time = int(timezone.now().timestamp())
    assert received.headers["X-Webhook-Signature"].startswith(f"t={time},v1=")
    assert signed_by(received, secret_of(endpoint))
    assert not signed_by(received, secret_of(endpoint, 2))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.response_status) == ("delivered", 1, 204)
    assert delivery.response_ms is not None
    assert str(send_due()) == "done=0 skipped=0 failed=0"
    assert len(receiver.received) == 1


def test_old_secret_signs_for_a_day_after_its_rotation(receiver, clock):
    endpoint = WebhookEndpointFactory(url=receiver.url)
    old = secret_of(endpoint)
    endpoint, new = rotate_secret(endpoint.pk)
    assert new != old

    for hours in (0, 25):
        clock.shift(timedelta(hours=hours))
        WebhookDeliveryFactory(endpoint=endpoint)
        send_due()

    first, second = receiver.received
    assert signed_by(first, old)
    assert signed_by(first, new)
    assert not signed_by(second, old)
    assert signed_by(second, new)


def test_message_that_fails_is_tried_again_with_growing_pauses_and_fails_after_a_day(
    receiver, clock
):
    receiver.statuses = [500] * 100
    delivery = WebhookDeliveryFactory(endpoint__url=receiver.url)
    pauses = []

    while delivery.state == "pending":
        send_due()
        delivery.refresh_from_db()
        pauses.append((delivery.next_try_at - timezone.now()).total_seconds())
        clock.move_to(delivery.next_try_at)

    assert (delivery.state, delivery.response_status) == ("failed", 500)
    assert delivery.last_error == "HTTP 500"
    assert 0.8 * 15 <= pauses[0] <= 1.2 * 15
    assert all(later > earlier for earlier, later in pairwise(pauses[:6]))
    assert 8 <= len(receiver.received) <= 14
    assert len({(each.headers["X-Webhook-Id"], each.body) for each in receiver.received}) == 1
    assert send_due().failed == 0


def test_message_is_taken_after_an_outage(receiver, clock):
    receiver.statuses = [500]
    delivery = WebhookDeliveryFactory(endpoint__url=receiver.url)

    send_due()
    delivery.endpoint.refresh_from_db()
    assert delivery.endpoint.failing_since == timezone.now()
    make_due()
    send_due()

    delivery.refresh_from_db()
    delivery.endpoint.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.last_error) == ("delivered", 2, "")
    assert delivery.endpoint.failing_since is None


def test_redirect_is_not_followed(receiver, clock):
    receiver.statuses = [307]
    delivery = WebhookDeliveryFactory(endpoint__url=receiver.url)

    assert send_due().failed == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == ("pending", "HTTP 307")
    assert [received.path for received in receiver.received] == ["/"]


def test_killed_sender_leaves_a_message_that_goes_again_with_the_same_id(receiver, clock):
    delivery = WebhookDeliveryFactory(endpoint__url=receiver.url)
    (claimed,) = sending.claim(10)
    outcome = sending.attempt(claimed)  # and here the worker was killed
    assert outcome.is_taken

    assert send_due().done == 0
    clock.shift(121)
    assert send_due().done == 1

    assert len(receiver.received) == 2
    first, second = receiver.received
    assert first.headers["X-Webhook-Id"] == second.headers["X-Webhook-Id"]
    assert first.body == second.body
    # What the dead one would have noted, had it been slow only.
    sending.note(claimed, sending.Outcome(1, error="too late"))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("delivered", 2)


def test_replay_sends_the_same_message_again(receiver, clock):
    delivery = WebhookDeliveryFactory(endpoint__url=receiver.url)
    with pytest.raises(InvalidTransition):
        replay_delivery(delivery.pk)
    send_due()

    replay_delivery(delivery.pk)
    send_due()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("delivered", 2)
    assert len({(each.headers["X-Webhook-Id"], each.body) for each in receiver.received}) == 1
    assert len(receiver.received) == 2


def test_endpoint_that_takes_nothing_for_days_is_switched_off_and_its_owner_told(receiver, clock):
    receiver.statuses = [500] * 100
    endpoint = WebhookEndpointFactory(url=receiver.url)
    for _day in range(6):
        WebhookDeliveryFactory(endpoint=endpoint)
        send_due()
        clock.shift(timedelta(days=1))

    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.switched_off_at is None) == (False, False)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"failed"}
    # The outbox goes by the clock of the database.
    OutboxEvent.objects.update(available_at=NOON)
    drain_outbox()
    note = Notification.objects.get(user=endpoint.shop.owner, type="webhook_switched_off")
    assert receiver.url in note.body
    with pytest.raises(InvalidTransition):
        replay_delivery(WebhookDelivery.objects.first().pk)

    receiver.statuses = []
    endpoint = change_endpoint(endpoint.pk, is_active=True)

    assert (endpoint.failing_since, endpoint.switched_off_at) == (None, None)
    replay_delivery(WebhookDelivery.objects.first().pk)
    assert send_due().done == 1


def test_slow_endpoint_gets_no_more_than_its_share(clock):
    slow, other = WebhookEndpointFactory(), WebhookEndpointFactory()
    WebhookDeliveryFactory.create_batch(6, endpoint=slow)
    clock.shift(1)
    WebhookDeliveryFactory(endpoint=other)

    claimed = sending.claim(16)

    assert [row.endpoint_id for row in claimed] == [slow.pk] * 4 + [other.pk]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "https://127.0.0.1/"])
def test_nothing_is_sent_to_a_private_address_in_production(url, settings, clock):
    delivery = WebhookDeliveryFactory(endpoint__url=url)
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False

    assert send_due().failed == 1

    delivery.refresh_from_db()
    assert delivery.last_error.startswith("The address must")


def test_log_is_kept_for_a_month(clock):
    WebhookDeliveryFactory()
    clock.shift(timedelta(days=29))
    kept = WebhookDeliveryFactory()
    clock.shift(timedelta(days=2))

    assert prune_log() == 1
    assert list(WebhookDelivery.objects.all()) == [kept]


@pytest.mark.django_db(transaction=True)
def test_message_goes_to_one_of_those_who_claim_at_once():
    WebhookDeliveryFactory()

    outcomes = run_in_parallel(lambda: len(sending.claim(10)), times=4)

    assert sorted(outcomes) == [0, 0, 0, 1]
