"""The walk of `bin/demo`, against a real server in this process and the real outbox."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection

from marketplace.common.outbox.services import dispatch
from marketplace.demo.services import seed_demo
from marketplace.demo.tests.conftest import offer_shipping
from marketplace.demo.walk.__main__ import main, walk_through
from marketplace.demo.walk.stage import Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker():
    """Hand events over as the worker process does, until the test has ended."""
    ended = threading.Event()

    def work():
        while not ended.wait(0.05):
            dispatch()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_walk_completes_a_purchase_over_two_shops(live_server, worker, settings, tmp_path, capsys):
    settings.SITE_URL = live_server.url
    settings.SMS_BACKEND = "file"
    settings.SMS_FILE_PATH = tmp_path / "outbox" / "sms.jsonl"
    offer_shipping()
    call_command("setup_groups")
    seed_demo(products=20, shops=2)

    walk_through(Walk(live_server.url, tmp_path))

    story = capsys.readouterr().out
    assert "✗" not in story
    assert story.count("completed, paid") == 2


def test_walk_says_what_failed(live_server, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["bin/demo", "--url", "http://127.0.0.1:1"])

    code = main()

    assert code == 1
    assert "nothing healthy answers at http://127.0.0.1:1" in capsys.readouterr().err
