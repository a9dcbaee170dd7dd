"""Messages that leave the house, and lines in the log."""

import json
import logging
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import requests
from django.core import mail

from marketplace.common import logs
from marketplace.common.messaging import send_email, send_sms, sent_sms


@pytest.fixture
def provider():
    """An SMS provider: keeps what it is sent, and answers with `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.requests.append((self.headers["Authorization"], json.loads(body)))
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


def test_sms_goes_to_the_file_of_the_development_setting(settings, tmp_path):
    settings.SMS_BACKEND, settings.SMS_FILE_PATH = "file", tmp_path / "new" / "sms.jsonl"

    send_sms(to="+84912345678", body="Mã: 1\n2")
    send_sms(to="+84912345679", body="b")

    lines = [json.loads(line) for line in settings.SMS_FILE_PATH.read_text().splitlines()]
    assert [(line["to"], line["body"]) for line in lines] == [
        ("+84912345678", "Mã: 1\n2"),
        ("+84912345679", "b"),
    ]


def test_sms_goes_to_the_provider(settings, provider):
    settings.SMS_BACKEND, settings.SMS_API_KEY = "http", "key"
    settings.SMS_API_URL = f"http://127.0.0.1:{provider.server_port}/send"

    send_sms(to="+84912345678", body="Mã")

    assert provider.requests == [("Bearer key", {"to": "+84912345678", "body": "Mã"})]


def test_sms_that_the_provider_does_not_take_is_an_error(settings, provider):
    settings.SMS_BACKEND = "http"
    settings.SMS_API_URL = f"http://127.0.0.1:{provider.server_port}/send"
    provider.status = 500

    with pytest.raises(requests.RequestException):
        send_sms(to="+84912345678", body="Mã")


def test_redirect_of_the_provider_is_not_followed(settings, provider):
    settings.SMS_BACKEND = "http"
    settings.SMS_API_URL = f"http://127.0.0.1:{provider.server_port}/send"
    provider.status = 302

    with pytest.raises(requests.RequestException):
        send_sms(to="+84912345678", body="Mã")

    assert len(provider.requests) == 1


def test_provider_that_is_down_is_an_error(settings):
    settings.SMS_BACKEND, settings.SMS_API_URL = "http", "http://127.0.0.1:1/"

    with pytest.raises(requests.RequestException):
        send_sms(to="+84912345678", body="Mã")


def test_sms_of_a_test_stays_in_memory():
    send_sms(to="+84912345678", body="Mã")

    assert [message["body"] for message in sent_sms] == ["Mã"]


def test_email_goes_out_with_both_bodies():
    send_email(to="an@example.test", subject="Chào", body="Xin chào", html="<p>Xin chào</p>")

    (message,) = mail.outbox
    assert (message.to, message.subject, message.body) == (["an@example.test"], "Chào", "Xin chào")
    assert message.alternatives[0][0] == "<p>Xin chào</p>"


def test_email_with_a_forged_header_is_refused():
    with pytest.raises(ValueError):
        send_email(to="an@example.test", subject="a\nBcc: b@example.test", body="")

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
