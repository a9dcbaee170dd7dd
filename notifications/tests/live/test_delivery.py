"""What arrives on an open connection, and nothing else does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.tests.factories import UserFactory
from marketplace.common.testing import drain_outbox
from marketplace.realtime.tests.client import wait_for
from notifications.models import Notification
from notifications.services.reading import mark_read
from notifications.tests.factories import NotificationFactory
from notifications.tests.live.telling import ids_in, ids_of, tell
from orders.constants import ActorKind, OrderStatus
from orders.models import Order
from orders.services.cancel import cancel_order
from orders.services.progress import advance_order
from orders.tests.factories import make_unpaid, place_one

pytestmark = pytest.mark.django_db(transaction=True)

SELLER = {"actor": None, "actor_kind": ActorKind.SELLER}


@pytest.fixture
def order():
    order = place_one()
    drain_outbox()
    return order


def test_a_notification_arrives_as_rest_shows_it(realtime, user, api_as):
    with realtime.client(user) as client:
        tell(user)
        message = client.next()

    assert message["type"] == "notification"
    assert [message["notification"]] == api_as(user).get("/api/v1/notifications").json()["results"]


def test_nothing_of_another_user_arrives(realtime, user):
    other = UserFactory()
    with realtime.client(user) as client, realtime.client() as stranger:
        tell(other, times=3)
        tell(user)

        assert ids_in([client.next()]) == ids_of(user)
        assert client.all_until_answer() == []
        stranger.say({"type": "auth", "token": "x"})
        assert stranger.closing() == (4401, "token_not_valid")


def test_what_is_rolled_back_does_not_arrive(realtime, user):
    with realtime.client(user) as client:
        with transaction.atomic():
            tell(user)
            transaction.set_rollback(True)

        assert client.all_until_answer() == []


def test_an_order_step_arrives_at_both_sides(realtime, order):
    with realtime.client(order.buyer) as buyer, realtime.client(order.shop.owner) as seller:
        advance_order(order.pk, OrderStatus.CONFIRMED, **SELLER)
        drain_outbox()
        at_buyer, at_seller = buyer.hear("order"), seller.hear("order")

    shown = {
        "id": str(order.pk),
        "number": order.number,
        "status": "confirmed",
        "payment_status": "unpaid",
        "shop_id": str(order.shop_id),
    }
    step = {"type": "order", "from_status": "placed", "order": shown}
    assert at_buyer == {**step, "role": "buyer"}
    assert at_seller == {**step, "role": "seller"}


def test_a_new_order_and_its_cancellation_arrive(realtime, user):
    with realtime.client(user) as client:
        order = place_one(buyer=user)
        drain_outbox()
        placed = client.hear("order")
        cancel_order(order.pk, actor=user, actor_kind=ActorKind.BUYER, reason="Changed my mind")
        drain_outbox()
        cancelled = client.hear("order")

    assert (placed["from_status"], placed["order"]["status"]) == (None, "placed")
    assert (cancelled["from_status"], cancelled["order"]["status"]) == ("placed", "cancelled")


def test_a_seller_hears_nothing_of_an_unpaid_order(realtime, user):
    order = place_one(buyer=user)
    make_unpaid(order.checkout)
    drain_outbox()
    with realtime.client(user) as buyer, realtime.client(order.shop.owner) as seller:
        cancel_order(order.pk, actor=None, actor_kind=ActorKind.SYSTEM, reason="Not paid")
        drain_outbox()

        assert buyer.hear("order")["order"]["status"] == "cancelled"
        assert seller.all_until_answer() == []
    assert Order.objects.get().status == OrderStatus.CANCELLED


def test_resuming_sends_what_was_missed_in_order(realtime, user):
    with realtime.client(user) as client:
        tell(user)
        seen = ids_in([client.hear("notification")])
    tell(user, times=250)

    with realtime.client(user, last_id=seen[0]) as client:
        missed = [client.next() for _ in range(250)]
        assert client.next() == {"type": "resumed", "complete": True, "last_id": ids_of(user)[-1]}
        tell(user)
        assert ids_in([client.next()]) == ids_of(user)[-1:]

    assert seen + ids_in(missed) == ids_of(user)[:-1]


def test_resuming_later_repeats_nothing(realtime, user):
    tell(user, times=3)
    first, *missed = ids_of(user)
    with realtime.client(user) as client:
        tell(user)
        live = ids_in([client.hear("notification")])
        client.say({"type": "resume", "last_id": first})

        assert ids_in([client.next(), client.next()]) == missed
        assert client.next() == {"type": "resumed", "complete": True, "last_id": live[0]}
        client.say({"type": "resume", "last_id": first})
        assert client.next()["code"] == "already_resumed"


def test_resuming_at_once_by_a_message_of_its_own(realtime, user):
    tell(user, times=3)
    with realtime.client(user) as client:
        client.say({"type": "resume", "last_id": ids_of(user)[0]})

        assert ids_in([client.next(), client.next()]) == ids_of(user)[1:]
        assert client.next()["type"] == "resumed"


def test_resuming_from_what_is_not_ones_own_sends_nothing(realtime, user):
    foreign = NotificationFactory()
    tell(user)
    with realtime.client(user, last_id=str(foreign.pk)) as client:
        assert client.next() == {"type": "resumed", "complete": False, "last_id": ids_of(user)[0]}
        assert client.all_until_answer() == []


def test_reading_one_does_not_send_it_again(realtime, user):
    tell(user)
    with realtime.client(user) as client:
        mark_read(Notification.objects.get().pk, user=user)

        assert client.all_until_answer() == []


def test_reconnecting_under_fire_misses_and_repeats_nothing(realtime, user):
    """Four writers tell one user at once while the client comes and goes."""
    tell(user)
    heard = ids_of(user)
    writers, each = 4, 25

    def write(_):
        try:
            tell(user, times=each)
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as pool:
        done = pool.map(write, range(writers))
        for _ in range(12):
            with realtime.client(user, last_id=heard[-1]) as client:
                heard += ids_in([*_until(client, "resumed"), *client.all_until_answer()])
        list(done)
    with realtime.client(user, last_id=heard[-1]) as client:
        heard += ids_in([*_until(client, "resumed"), *client.all_until_answer()])

    assert len(heard) == 1 + writers * each
    assert heard == ids_of(user)


def test_what_commits_later_stands_later(realtime, user):
    """One that waits for its commit must not be overtaken: a reader would go on past it."""

    def tell_too():
        try:
            tell(user)
        finally:
            connection.close()

    with realtime.client(user) as client, ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            tell(user)
            other = pool.submit(tell_too)
            wait_for(lambda: other.done() or _somebody_waits_for_us(), "the other writer")
            # One that did not wait is heard of here, before the commit of the first.
            overtaking = [client.next(seconds=20)] if other.done() else []
        other.result()
        heard = ids_in(overtaking + [client.next(seconds=20) for _ in overtaking or range(2)])

    assert heard == ids_of(user)


def _somebody_waits_for_us():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return cursor.fetchone()[0]


def _until(client, kind):
    messages = []
    while not messages or messages[-1]["type"] != kind:
        messages.append(client.next())
    return messages
