"""The request rate limit, and where a request comes from."""

import socket
import time

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.test import RequestFactory
from rest_framework.test import APIClient

from marketplace.common.api import throttling
from marketplace.common.api.network import client_ip
from marketplace.common.testing import run_in_parallel
from marketplace.settings import base

pytestmark = pytest.mark.urls("marketplace.common.tests.urls")
LIMIT = 5


@pytest.fixture(autouse=True)
def _limited(settings, monkeypatch):
    settings.RATE_LIMIT_ENABLED = True
    settings.RATE_LIMIT_ANONYMOUS_PER_MINUTE = LIMIT
    settings.RATE_LIMIT_USER_PER_MINUTE = LIMIT * 2
    monkeypatch.setattr(throttling, "_closed_until", 0.0)


@pytest.fixture
def noon():
    """No window ends in the middle of a test."""
    with time_machine.travel("2026-03-01 12:00:10+00:00", tick=False) as clock:
        yield clock


@pytest.fixture
def redis_at(settings):
    """Point the cache at another port."""
    with pytest.MonkeyPatch.context() as patch:

        def move(port: int) -> None:
            elsewhere = {
                **settings.CACHES["default"],
                "LOCATION": f"redis://127.0.0.1:{port}/0",
                "OPTIONS": base.REDIS_OPTIONS,
            }
            patch.setitem(caches.settings, "default", elsewhere)
            patch.setattr(caches._connections, "default", caches.create_connection("default"))

        yield move


def ask(**headers: str) -> int:
    return APIClient().get("/raise/not_found", **headers).status_code


@pytest.mark.django_db
def test_requests_beyond_the_limit_are_refused_until_the_next_minute(noon):
    statuses = [ask() for _ in range(LIMIT + 2)]
    refusal = APIClient().get("/raise/not_found")
    noon.shift(50)

    assert statuses == [404] * LIMIT + [429] * 2
    assert refusal.json()["error"]["code"] == "throttled"
    assert refusal["Retry-After"] == "50"
    assert ask() == 404


@pytest.mark.django_db(transaction=True)
def test_exactly_the_limit_passes_when_all_come_at_once(noon):
    statuses = run_in_parallel(ask, times=30)

    assert statuses.count(404) == LIMIT
    assert statuses.count(429) == 30 - LIMIT


@pytest.mark.django_db
def test_users_are_counted_each_for_themselves(noon):
    users = [
        get_user_model().objects.create(full_name="A", email=f"a{i}@example.test") for i in (1, 2)
    ]
    client = APIClient()
    passed = []
    for user in users:
        client.force_authenticate(user)
        passed.append([client.get("/raise/not_found").status_code for _ in range(LIMIT * 2 + 1)])

    assert passed == [[404] * LIMIT * 2 + [429]] * 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    [
        "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_CLIENT_IP",
        "HTTP_TRUE_CLIENT_IP", "HTTP_CF_CONNECTING_IP", "HTTP_X_CLUSTER_CLIENT_IP",
    ],
)  # fmt: skip
def test_headers_of_the_caller_do_not_change_who_is_counted(noon, header):
    statuses = [ask(**{header: f"10.0.0.{i}"}) for i in range(LIMIT * 3)]

    assert statuses.count(404) == LIMIT


@pytest.mark.django_db
def test_what_the_caller_writes_left_of_the_proxys_address_does_not_count(noon, settings):
    settings.TRUSTED_PROXY_COUNT = 1

    statuses = [ask(HTTP_X_FORWARDED_FOR=f"10.0.0.{i}, 203.0.113.5") for i in range(LIMIT * 3)]
    other = ask(HTTP_X_FORWARDED_FOR="203.0.113.6")

    assert statuses.count(404) == LIMIT
    assert other == 404


@pytest.mark.django_db
def test_ipv6_neighbours_of_one_network_are_counted_as_one(noon):
    statuses = [ask(REMOTE_ADDR=f"2001:db8:1:2::{i:x}") for i in range(LIMIT * 2)]

    assert statuses.count(404) == LIMIT


@pytest.mark.django_db
def test_requests_go_through_quickly_when_redis_refuses(redis_at):
    redis_at(1)

    started = time.monotonic()
    statuses = {ask() for _ in range(LIMIT * 3)}

    assert statuses == {404}
    assert time.monotonic() - started < 30


@pytest.mark.django_db
def test_requests_go_through_quickly_when_redis_is_silent(redis_at):
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        redis_at(silent.getsockname()[1])

        started = time.monotonic()
        statuses = {ask() for _ in range(LIMIT * 3)}
        took = time.monotonic() - started

    assert statuses == {404}
    assert took < 30


@pytest.mark.django_db
def test_redis_that_comes_back_is_asked_again(monkeypatch, noon):
    monkeypatch.setattr(throttling, "_closed_until", time.monotonic() + throttling.RETRY_SECONDS)
    while_away = [ask() for _ in range(LIMIT * 2)]
    monkeypatch.setattr(throttling, "_closed_until", time.monotonic())
    when_back = [ask() for _ in range(LIMIT * 2)]

    assert while_away == [404] * LIMIT * 2
    assert when_back == [404] * LIMIT + [429] * LIMIT


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "ip"),
    [
        (0, "203.0.113.9", "", "203.0.113.9"),
        (0, "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        # A proxy left out: the first address that is no proxy's is the client's.
        (2, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1", "1.1.1.1, 10.0.0.2", "10.0.0.2"),
        # Past the proxy, straight to the port behind it.
        (1, "203.0.113.9", "1.1.1.1", "203.0.113.9"),
        (1, "nonsense", "1.1.1.1", "unknown"),
        (1, "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (1, "", "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (1, "10.0.0.1", "nonsense", "unknown"),
        (1, "10.0.0.1", "1.1.1.1,", "1.1.1.1"),
        (0, "", "", "unknown"),
        (0, "::ffff:203.0.113.9", "", "203.0.113.9"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
    ],
)
def test_client_ip(settings, proxies, peer, forwarded, ip):
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)

    assert client_ip(request) == ip
