"""Messages that leave the house, and lines in the log."""

import base64
import json
import logging
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
import requests
from django.core import mail

from marketplace.common import logs
from marketplace.common.messaging import (
    ProviderDown,
    RefusedForGood,
    SmsCapReached,
    send_email,
    send_sms,
    sent_sms,
)
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel

needs_database = pytest.mark.django_db


@pytest.fixture
def provider():
    """An SMS provider: keeps what it is sent, and answers with `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            is_json = self.headers["Content-Type"] == "application/json"
            read = json.loads(body) if is_json else parse_qs(body)
            server.requests.append((self.path, self.headers, read))
            self.send_response(server.status)
            if server.status == 302:
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
            self.end_headers()

        def log_message(self, *args) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.status = [], 200
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@needs_database
def test_sms_goes_to_the_file_of_the_development_setting(settings, tmp_path):
    settings.SMS_BACKEND, settings.SMS_FILE_PATH = "file", tmp_path / "new" / "sms.jsonl"

    send_sms(to="+84912345678", body="Mã: 1\n2")
    send_sms(to="+84912345679", body="b")

    lines = [json.loads(line) for line in settings.SMS_FILE_PATH.read_text().splitlines()]
    assert [(line["to"], line["body"]) for line in lines] == [
        ("+84912345678", "Mã: 1\n2"),
        ("+84912345679", "b"),
    ]


@needs_database
def test_sms_goes_to_the_provider(settings, provider):
    settings.SMS_BACKEND, settings.SMS_API_KEY = "http", "key"
    settings.SMS_API_URL = f"http://127.0.0.1:{provider.server_port}/send"

    send_sms(to="+84912345678", body="Mã", key="one")

    ((path, headers, body),) = provider.requests
    assert (path, body) == ("/send", {"to": "+84912345678", "body": "Mã"})
    assert (headers["Authorization"], headers["Idempotency-Key"]) == ("Bearer key", "one")


@needs_database
@pytest.mark.parametrize(
    ("sender", "field"), [("+15005550006", "From"), ("MG" + "0" * 32, "MessagingServiceSid")]
)
def test_sms_goes_to_twilio(settings, provider, sender, field):
    settings.SMS_BACKEND, settings.TWILIO_FROM = "twilio", sender
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC1", "secret"
    settings.TWILIO_API_BASE = f"http://127.0.0.1:{provider.server_port}"
    provider.status = 201

    send_sms(to="+84912345678", body="Mã: 1")

    ((path, headers, body),) = provider.requests
    assert path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"AC1:secret"
    assert body == {"To": ["+84912345678"], "Body": ["Mã: 1"], field: [sender]}


@needs_database
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RefusedForGood),
        (404, RefusedForGood),
        (422, RefusedForGood),
        (401, requests.HTTPError),
        (403, requests.HTTPError),
        (408, requests.HTTPError),
        (429, requests.HTTPError),
        (500, requests.HTTPError),
        (503, requests.HTTPError),
    ],
)
@pytest.mark.parametrize("backend", ["http", "twilio"])
def test_refusal_is_for_good_or_may_pass(settings, provider, backend, status, error):
    settings.SMS_BACKEND = backend
    settings.SMS_API_URL = f"http://127.0.0.1:{provider.server_port}/send"
    settings.TWILIO_API_BASE = f"http://127.0.0.1:{provider.server_port}"
    provider.status = status

    with pytest.raises(error):
        send_sms(to="+84912345678", body="Mã")


@needs_database
def test_informing_sms_leave_a_fifth_of_the_cap_to_codes(settings):
    settings.SMS_DAILY_CAP = 10

    for _ in range(8):
        send_sms(to="+84912345678", body="Tin", is_essential=False)
    for _ in range(3):
        with pytest.raises(SmsCapReached):
            send_sms(to="+84912345678", body="Tin", is_essential=False)
    for _ in range(2):
        send_sms(to="+84912345678", body="Mã")
    with pytest.raises(SmsCapReached):
        send_sms(to="+84912345678", body="Mã")

    assert len(sent_sms) == 10
    # Staff hear of it once.
    assert [event.payload for event in OutboxEvent.objects.all()] == [{"limit": 10}]


@pytest.mark.django_db(transaction=True)
def test_cap_holds_for_many_at_once(settings):
    settings.SMS_DAILY_CAP = 5

    outcomes = run_in_parallel(lambda: send_sms(to="+84912345678", body="Mã"), times=12)

    assert sum(isinstance(outcome, SmsCapReached) for outcome in outcomes) >= 7
    assert len(sent_sms) <= 5
    assert OutboxEvent.objects.count() <= 1


@needs_database
def test_sms_that_the_provider_does_not_take_is_an_error(settings, provider):
    settings.SMS_BACKEND = "http"
    settings.SMS_API_URL = f"http://127.0.0.1:{provider.server_port}/send"
    provider.status = 500

    with pytest.raises(requests.RequestException):
        send_sms(to="+84912345678", body="Mã")


@needs_database
def test_redirect_of_the_provider_is_not_followed(settings, provider):
    settings.SMS_BACKEND = "http"
    settings.SMS_API_URL = f"http://127.0.0.1:{provider.server_port}/send"
    provider.status = 302

    with pytest.raises(requests.RequestException):
        send_sms(to="+84912345678", body="Mã")

    assert len(provider.requests) == 1


@needs_database
def test_provider_that_is_down_is_an_error(settings):
    settings.SMS_BACKEND, settings.SMS_API_URL = "http", "http://127.0.0.1:1/"

    with pytest.raises(ProviderDown):
        send_sms(to="+84912345678", body="Mã")


@needs_database
def test_sms_of_a_test_stays_in_memory():
    send_sms(to="+84912345678", body="Mã")

    assert [message["body"] for message in sent_sms] == ["Mã"]


def test_email_goes_out_with_both_bodies():
    send_email(to="an@example.test", subject="Chào", body="Xin chào", html="<p>Xin chào</p>")

    (message,) = mail.outbox
    assert (message.to, message.subject, message.body) == (["an@example.test"], "Chào", "Xin chào")
    assert message.alternatives[0][0] == "<p>Xin chào</p>"


def test_line_break_in_a_subject_forges_no_header():
    send_email(to="an@example.test", subject="a\r\nBcc: b@example.test\u2028c", body="")

    (message,) = mail.outbox
    assert message.subject == "a Bcc: b@example.test c"
    assert message.recipients() == ["an@example.test"]
    assert "\nBcc:" not in message.message().as_string()


@pytest.mark.parametrize("to", ["a@example.test\nBcc: b@example.test", "a\r@example.test"])
def test_line_break_in_an_address_is_refused(to):
    with pytest.raises(RefusedForGood):
        send_email(to=to, subject="a", body="")

    assert mail.outbox == []


def line_of(message: str, *args: object, error: BaseException | None = None) -> str:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("shop", logging.INFO, "f.py", 1, message, args, info)
    logs.RequestIdFilter().filter(record)
    return logs.LineFormatter().format(record)


def test_line_break_in_a_message_forges_no_entry():
    line = line_of("login of %s", "an\r\n2026-01-01 INFO shop [-] forged")

    assert "\n" not in line
    assert "\r" not in line
    assert line.endswith("login of an\\r\\n2026-01-01 INFO shop [-] forged")


def test_line_carries_the_id_of_the_request():
    token = logs.request_id.set("mine-1")
    try:
        assert "INFO shop [mine-1] hello" in line_of("hello")
    finally:
        logs.request_id.reset(token)

    assert "INFO shop [-] hello" in line_of("hello")
