"""Redis may vanish: nobody waits for it, and nothing is lost."""

import time

import pytest

from accounts.services.sessions import log_out_everywhere
from marketplace.common import live
from marketplace.common.testing import drain_outbox
from marketplace.realtime.tests.client import Realtime, wait_for
from notifications.tests.live.redis_server import RedisServer
from notifications.tests.live.telling import ids_in, ids_of, tell
from orders.tests.factories import place_one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redis(tmp_path, settings):
    server = RedisServer(tmp_path)
    settings.REDIS_URL = server.url
    yield server
    server.thaw()
    server.kill()
    live._unsent.clear()


@pytest.fixture
def mortal_realtime(redis):
    """One whose Redis can be killed; it does not look by itself within the test's time."""
    process = Realtime(REDIS_URL=redis.url, LIVE_SWEEP_SECONDS="600")
    yield process
    process.stop()


def test_a_restart_of_redis_loses_nothing(redis, mortal_realtime, user):
    with mortal_realtime.client(user) as client:
        tell(user)
        heard = ids_in([client.next()])
        redis.kill()
        tell(user, times=3)
        # A connection that begins meanwhile has all that is in the database.
        with mortal_realtime.client(user, last_id=heard[0]) as late:
            assert ids_in([late.next() for _ in range(3)]) == ids_of(user)[1:]
        redis.start()

        # Order steps may have been missed, and the client is told so; notifications never are.
        messages = [client.next() for _ in range(4)]
        assert messages.count({"type": "refresh"}) == 1
        heard += ids_in(messages)
        wait_for(lambda: not live._unsent, "the hints that waited are sent")
        tell(user)
        heard += ids_in([client.next()])

    assert heard == ids_of(user)


def test_a_sign_in_that_ends_while_redis_is_away_is_found_afterwards(redis, mortal_realtime, user):
    with mortal_realtime.client(user) as client:
        assert client.all_until_answer() == []
        redis.kill()
        log_out_everywhere(user.pk)
        live._unsent.clear()  # the process that knew of it died
        redis.start()

        assert client.closing() == (4403, "sign_in_ended")


def test_hints_are_kept_while_redis_is_silent(redis, mortal_realtime, user):
    with mortal_realtime.client(user) as client:
        assert client.all_until_answer() == []
        redis.freeze()
        tell(user)
        redis.thaw()

        assert ids_in([client.hear("notification")]) == ids_of(user)


@pytest.mark.parametrize("fault", [RedisServer.kill, RedisServer.freeze], ids=["dead", "silent"])
def test_nobody_waits_for_a_redis_that_is_not_there(redis, fault):
    live.send("warm", {"type": "nothing"})
    fault(redis)

    began = time.monotonic()
    live.send("user.x", {"type": "notifications.new"})
    first = time.monotonic() - began
    began = time.monotonic()
    for _ in range(1000):
        live.send("user.x", {"type": "notifications.new"})
    rest = time.monotonic() - began

    # 50 ms once, and then next to nothing; ten times that, as the machine may be busy.
    assert first < 0.5
    assert rest < 0.5
    assert len(live._unsent) == 1001


def test_events_are_handled_without_redis(redis):
    redis.kill()
    order = place_one()

    drain_outbox()

    assert len(ids_of(order.buyer)) == len(ids_of(order.shop.owner)) == 1
