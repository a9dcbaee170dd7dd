"""Secrets go through real requests and tasks, and come out nowhere but where they belong."""

import hashlib
import hmac
import json
import logging
import re
import time

import pytest
import redis
import sentry_sdk
from celery import current_app, shared_task
from django.core import mail
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.test import APIClient

from accounts.tests.factories import UserFactory
from marketplace.common import logs, messaging
from marketplace.common.testing import drain_outbox
from marketplace.monitoring.exposition import exposition
from marketplace.monitoring.sentry import start_sentry
from marketplace.monitoring.tests.collector import collector

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("marketplace.monitoring.tests.test_canaries"),
]

PASSWORD = "canary-plover Sumac 61"
NEW_PASSWORD = "canary-osprey Maple 83"
WRONG_PASSWORD = "canary-heron Birch 27"
PHONE = "+84977310652"
EMAIL = "canary.wren@secret-mail.example"
OTHER_EMAIL = "canary.robin@secret-mail.example"
CARD = "4000 0566 5566 5556"
TOTP = "KVKFKRCPNZQUYMLXOVYDSQKJKZDTSRLD"
API_KEY = "mk_canary123_Zk3fQ8sT1vWxYz0aBcDeFgHiJkLmNoPqRsTuVwXyZ01"
CART_TOKEN = "Canary7Cart0Token9vWxYz0aBcDeFgHiJkLmNoPqRsT"
STRIPE_KEY = "sk_test_canary51Nabcdefghijklmnop"
STRIPE_SECRET = "whsec_canaryXyZ1234567890abcdef"
MOMO_SECRET = "canarymomosecretwithoutpattern"
GHTK_TOKEN = "CanaryGhtkTokenValue0123"
COOKIE = "canarysessionid0wren"
IDENTITY_TOKEN = "eyJjYW5hcnkiOjF9.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5LXNpZ25hdHVyZQ"


def broken_view(request: HttpRequest) -> HttpResponse:
    """Fails with everything that it was given in the text of its exception."""
    logging.getLogger("tests").warning("body %s, phone %s", request.body.decode(), PHONE)
    given = json.loads(request.body)
    raise IntegrityError(
        f"duplicate key: Key (phone_number)=({PHONE}) already exists; Failing row contains "
        f"({EMAIL}, {PASSWORD}) {given['password']} {given['code']} {CARD} {TOTP} {STRIPE_KEY} "
        f"{MOMO_SECRET} {request.headers['X-Cart-Token']} {IDENTITY_TOKEN}"
    )


@shared_task(name="tests.canary")
def failing_task() -> None:
    raise RuntimeError(f"cannot send to {PHONE} or {EMAIL} with {API_KEY} and {STRIPE_SECRET}")


urlpatterns = [
    path("broken", broken_view),
    path("", include("marketplace.urls")),
]
handler500 = "marketplace.common.api.errors.server_error"


class Lines(logging.Handler):
    """Writes each record as production does, and as development does."""

    def __init__(self):
        super().__init__(level=logging.DEBUG)
        self.addFilter(logs.RequestIdFilter())
        self.formatters = (logs.JsonFormatter(), logs.LineFormatter())
        self.lines = []

    def emit(self, record):
        self.lines += [formatter.format(record) for formatter in self.formatters]


@pytest.fixture
def written():
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler.lines
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def sentry(settings):
    with collector() as server:
        settings.SENTRY_DSN = f"http://public@127.0.0.1:{server.server_port}/1"
        start_sentry()
        yield server
        sentry_sdk.get_client().close(timeout=2)
        sentry_sdk.get_global_scope().set_client(None)


def everything_in(url: str) -> str:
    """All keys and values of a Redis, tasks in its queues included."""
    found = []
    with redis.Redis.from_url(url, decode_responses=False) as client:
        for key in client.scan_iter():
            found.append(key)
            match client.type(key):
                case b"string":
                    found.append(client.get(key))
                case b"list":
                    found += client.lrange(key, 0, -1)
                case b"hash":
                    found += [part for pair in client.hgetall(key).items() for part in pair]
                case b"zset":
                    found += client.zrange(key, 0, -1)
                case b"set":
                    found += client.smembers(key)
    return b"\n".join(part for part in found if part).decode("utf-8", "replace")


def code_sent_to(destination: str) -> str:
    drain_outbox()
    texts = [message["body"] for message in messaging.sent_sms if message["to"] == destination]
    texts += [message.body for message in mail.outbox if message.to == [destination]]
    return re.findall(r"\b\d{6}\b", texts[-1])[-1]


def test_no_canary_gets_out(written, sentry, settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = STRIPE_KEY, STRIPE_SECRET
    settings.MOMO_SECRET_KEY, settings.MOMO_ACCESS_KEY = MOMO_SECRET, "canarymomoaccess"
    settings.GHTK_TOKEN = GHTK_TOKEN
    settings.METRICS_TOKEN = "canary-metrics-token"
    client = APIClient(raise_request_exception=False)
    refused = []

    def post(url, data, expected, **headers):
        response = client.post(f"/api/v1/{url}", data, **headers)
        assert response.status_code in expected, (url, response.status_code, response.content)
        if response.status_code >= 400:
            refused.append(response.content.decode())
        return response.json() if response.content else {}

    # Registered by phone and by e-mail, confirmed, wrongly first.
    post("auth/register", {"phone_number": PHONE, "password": PASSWORD, "full_name": "A"}, {201})
    sms_code = code_sent_to(PHONE)
    post("auth/verify-otp", {"phone_number": PHONE, "code": "000000"}, {400, 401, 422})
    post("auth/verify-otp", {"phone_number": PHONE, "code": sms_code}, {200})
    post("auth/register", {"email": EMAIL, "password": PASSWORD, "full_name": "B"}, {201})
    email_code = code_sent_to(EMAIL)
    post("auth/verify-otp", {"email": EMAIL, "code": email_code}, {200})
    # Signed in, wrongly and rightly; refreshed, and once more with what is spent.
    post("auth/login", {"email": EMAIL, "password": WRONG_PASSWORD}, {401})
    tokens = post("auth/login", {"email": EMAIL, "password": PASSWORD}, {200})
    fresh = post("auth/refresh", {"refresh": tokens["refresh"]}, {200})
    post("auth/refresh", {"refresh": tokens["refresh"]}, {401})
    post("auth/refresh", {"refresh": IDENTITY_TOKEN}, {401})
    # A forgotten password.
    post("auth/forgot-password", {"phone_number": PHONE}, {200, 202})
    reset_code = code_sent_to(PHONE)
    reset = {"phone_number": PHONE, "code": reset_code, "new_password": NEW_PASSWORD}
    post("auth/reset-password", reset | {"code": "000000"}, {400, 401, 422})
    post("auth/reset-password", reset, {200, 204})
    # Broken JSON, a wrong type, keys that are none.
    client.post(
        "/api/v1/auth/login",
        f'{{"email": "{EMAIL}", "password": "{PASSWORD}", ',
        content_type="application/json",
    )
    post("auth/login", {"email": OTHER_EMAIL, "password": {"a": PASSWORD}}, {400})
    for headers in (
        {"HTTP_X_API_KEY": API_KEY},
        {"HTTP_AUTHORIZATION": f"Bearer {IDENTITY_TOKEN}"},
        {"HTTP_X_CART_TOKEN": CART_TOKEN, "HTTP_COOKIE": f"sessionid={COOKIE}"},
    ):
        response = client.get("/api/v1/orders", {"token": CART_TOKEN}, **headers)
        refused.append(response.content.decode())
    # A provider's report under a wrong signature.
    signature = hmac.new(b"wrong", b"{}", hashlib.sha256).hexdigest()
    client.post(
        "/api/v1/webhooks/stripe",
        json.dumps({"id": "evt_1", "card": CARD}),
        content_type="application/json",
        HTTP_STRIPE_SIGNATURE=f"t={int(time.time())},v1={signature}",
    )
    # A bug that tells all it knows, and a task that does.
    response = client.post(
        "/broken",
        {"password": PASSWORD, "code": "735218", "email": OTHER_EMAIL},
        format="json",
        HTTP_X_CART_TOKEN=CART_TOKEN,
        HTTP_COOKIE=f"sessionid={COOKIE}",
    )
    assert response.status_code == 500
    refused.append(response.content.decode())
    current_app.conf.task_eager_propagates = False
    try:
        failing_task.delay()
        current_app.conf.task_always_eager = False
        user = UserFactory(email=OTHER_EMAIL)
        current_app.send_task("tests.canary", args=[str(user.pk)], ignore_result=True)
        in_redis = everything_in(settings.CELERY_BROKER_URL) + everything_in(settings.REDIS_URL)
    finally:
        current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = True
        with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
            broker.delete("default")
    drain_outbox()
    sentry_sdk.flush(timeout=5)

    canaries = {
        *(PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, PHONE, "977310652", EMAIL, OTHER_EMAIL),
        *(CARD, CARD.replace(" ", ""), TOTP, API_KEY, CART_TOKEN, STRIPE_KEY, STRIPE_SECRET),
        *(MOMO_SECRET, GHTK_TOKEN, COOKIE, IDENTITY_TOKEN, settings.METRICS_TOKEN),
        *(tokens["access"], tokens["refresh"], fresh["access"], fresh["refresh"]),
        *(sms_code, email_code, reset_code, "735218", signature),
        *(settings.SECRET_KEY, settings.JWT_SIGNING_KEY, settings.TOKEN_PEPPER),
    }
    places = {
        "logs": "\n".join(written),
        "error bodies": "\n".join(refused),
        "Redis": in_redis,
        "metrics": exposition().decode(),
        "Sentry": sentry.everything,
    }
    assert len(canaries) >= 20
    # They were there to be seen: each place has something in it.
    assert "IntegrityError" in places["logs"]
    assert "tests.canary" in places["logs"]
    assert "IntegrityError" in places["Sentry"]
    assert "tests.canary" in places["Redis"]
    assert 'route="login"' in places["metrics"]
    found = {
        (place, canary)
        for place, text in places.items()
        for canary in canaries
        if re.search(rf"(?<!\w){re.escape(canary)}(?!\w)", text)
    }
    assert found == set()
