import json
import logging
from types import SimpleNamespace

import pytest
from django.utils.functional import SimpleLazyObject

from marketplace.common import logs
from marketplace.common.masking import MASK

pytestmark = [pytest.mark.django_db, pytest.mark.urls("marketplace.common.tests.urls")]


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.formatter = logs.JsonFormatter()
        self.entries = []

    def emit(self, record):
        text = self.format(record)
        assert "\n" not in text
        self.entries.append(json.loads(text))


@pytest.fixture
def lines():
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler.entries
    logging.getLogger().removeHandler(handler)


def test_request_has_one_line_with_what_it_took(api, lines):
    api.get("/query", HTTP_X_REQUEST_ID="mine-1")

    (line,) = (entry for entry in lines if entry["logger"] == "marketplace.requests")
    assert line["level"] == "INFO"
    assert line["request_id"] == "mine-1"
    assert (line["method"], line["status"], line["user_id"]) == ("GET", 200, None)
    assert line["route"]
    assert line["duration_ms"] > 0
    assert line["queries"] >= 0
    assert line["database_ms"] >= 0


def test_error_says_which_request_it_is_of_and_masks_what_was_sent(lines, settings):
    from rest_framework.test import APIClient

    client = APIClient(raise_request_exception=False)
    client.get("/raise/bug", {"password": "correct horse"}, HTTP_X_REQUEST_ID="mine-2")

    failed = [entry for entry in lines if "exception" in entry]
    assert failed
    for entry in failed:
        assert entry["request_id"] == "mine-2"
        assert entry["method"] == "GET"
        assert entry["route"]
        assert "Traceback" in entry["exception"]


def test_user_is_named_when_known_and_not_asked_for(rf):
    request = rf.get("/")
    request.user = SimpleLazyObject(lambda: pytest.fail("it would cost a statement"))
    assert logs.user_id_of(request) is None

    request.user = SimpleNamespace(pk=7)
    assert logs.user_id_of(request) == "7"


def test_message_is_masked_in_both_formats():
    record = logging.LogRecord("a", logging.INFO, "f.py", 1, "to %s", ("an@example.com",), None)
    record.request_id = "-"

    assert json.loads(logs.JsonFormatter().format(record))["message"] == f"to {MASK}"
    assert logs.LineFormatter().format(record).endswith(f"to {MASK}")


def test_task_stands_in_its_lines():
    record = logging.LogRecord("a", logging.INFO, "f.py", 1, "hello", (), None)
    token = logs.task.set(logs.RunningTask("orders.expire_checkouts", "id-1"))
    try:
        entry = json.loads(logs.JsonFormatter().format(record))
    finally:
        logs.task.reset(token)

    assert (entry["task"], entry["task_id"]) == ("orders.expire_checkouts", "id-1")
