"""What a client may say, and what it is told and when it is cut off."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from accounts.tests.factories import UserFactory
from accounts.tokens import token_pair
from marketplace.realtime.tests.client import access_token, wait_for
from notifications.tests.factories import NotificationFactory
from notifications.tests.live.telling import ids_in, ids_of, tell

pytestmark = pytest.mark.django_db(transaction=True)


def test_first_message_authenticates(realtime, user):
    notification = NotificationFactory(user=user)

    with realtime.client() as client:
        ready = client.authenticate(access_token(user))

    assert ready["user_id"] == str(user.pk)
    assert ready["last_id"] == str(notification.pk)
    assert ready["expires_at"].endswith("Z")
    assert set(ready) == {"type", "user_id", "expires_at", "heartbeat_seconds", "last_id"}


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "\u0000" * 9]
)
def test_a_token_that_is_none_closes(realtime, token):
    with realtime.client() as client:
        client.say({"type": "auth", "token": token})

        assert client.closing() == (4401, "token_not_valid")


def test_a_refresh_token_is_not_an_access_token(realtime, user):
    from accounts.services.sessions import start_session

    pair = token_pair(start_session(user, user_agent="", ip_address=""))
    with realtime.client() as client:
        client.say({"type": "auth", "token": pair["refresh"]})

        assert client.closing() == (4401, "token_not_valid")


def test_an_expired_token_closes(realtime, user):
    with realtime.client() as client:
        client.say({"type": "auth", "token": access_token(user, seconds=-5)})

        assert client.closing() == (4401, "token_not_valid")


def test_anything_before_authentication_closes(realtime):
    with realtime.client() as client:
        client.say({"type": "ping"})

        assert client.closing() == (4401, "not_authenticated")


def test_silence_before_authentication_closes(lonely_realtime):
    with lonely_realtime.client() as client:
        assert client.closing() == (4401, "not_authenticated")


def test_the_end_of_a_token_is_announced_and_closes(realtime, user):
    with realtime.client() as client:
        client.authenticate(access_token(user, seconds=4))

        assert client.next() == {"type": "token_expiring"}
        assert client.closing() == (4401, "token_expired")


def test_a_newer_token_keeps_the_connection(realtime, user):
    with realtime.client() as client:
        first = client.authenticate(access_token(user, seconds=4))
        client.hear("token_expiring")
        second = client.authenticate(access_token(user, seconds=5))
        assert second["expires_at"] > first["expires_at"]
        client.hear("token_expiring")
        assert time.time() > _epoch(first["expires_at"])

        assert client.closing() == (4401, "token_expired")


def test_a_token_of_another_user_closes(realtime, user):
    with realtime.client(user) as client:
        client.say({"type": "auth", "token": access_token(UserFactory())})

        assert client.closing() == (4401, "other_user")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "NaN",
        '"auth"',
        "{}",
        '{"type": 1}',
        '{"type": null}',
        '{"type": "dance"}',
        '{"type": "resume"}',
        '{"type": "resume", "last_id": 5}',
        '{"type": "resume", "last_id": ["a"]}',
        '{"type": "resume", "last_id": "nothing"}',
        '{"type": "auth"}',
        '{"type": "auth", "token": ["x"]}',
        '{"type": "auth", "token": {}, "last_id": "x"}',
        "[" * 5000,
        b"\x00\xff",
    ],
)
def test_nonsense_is_answered_and_does_not_matter(realtime, user, said):
    with realtime.client(user) as client:
        client.say(said)

        assert client.next()["type"] == "error"
        assert client.say({"type": "ping"}).next() == {"type": "pong"}


def test_too_much_nonsense_closes(realtime, user):
    with realtime.client(user) as client:
        for _ in range(5):
            client.say("nonsense")

        assert client.closing() == (4400, "bad_message")


def test_too_many_messages_close(realtime, user):
    with realtime.client(user) as client:
        with suppress(ConnectionClosed):  # while some of them are still to be sent
            for _ in range(60):
                client.say({"type": "pong"})

        assert client.closing() == (4429, "too_many_messages")


def test_too_long_a_message_closes(realtime, user):
    with realtime.client(user) as client:
        client.say("x" * 10_000)

        assert client.closing()[0] == 1009


def test_one_connection_too_many_closes_the_oldest(realtime, user):
    with (
        realtime.client(user) as oldest,
        realtime.client(user) as second,
        realtime.client(user) as third,
        realtime.client(user) as newest,
    ):
        assert oldest.closing() == (4408, "too_many_connections")

        tell(user)
        for client in (second, third, newest):
            assert ids_in([client.hear("notification")]) == ids_of(user)


def test_the_server_shows_that_it_is_there(lonely_realtime, user):
    with lonely_realtime.client(user) as client:
        assert client.ready["heartbeat_seconds"] == 0.3
        beats = [json.loads(client.wire.recv(20)) for _ in range(2)]

    assert beats == [{"type": "ping"}, {"type": "ping"}]


STOPPING_CLIENT = """
import json, os, signal, sys
from websockets.sync.client import connect
with connect(sys.argv[1]) as wire:
    wire.send(json.dumps({"type": "auth", "token": sys.argv[2], "last_id": sys.argv[3]}))
    wire.recv()
    print("ready", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_a_client_that_has_silently_gone_is_dropped(lonely_realtime, user):
    """It was sent more than any buffer holds, so closing politely would never end."""
    first = NotificationFactory(user=user)
    NotificationFactory.create_batch(100, user=user, body="x" * 100_000)
    before, token = _sockets(lonely_realtime.process.pid), access_token(user)
    client = subprocess.Popen(
        [sys.executable, "-c", STOPPING_CLIENT, lonely_realtime.url, token, str(first.pk)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert client.stdout.readline() == "ready\n"
        assert _sockets(lonely_realtime.process.pid) > before
        wait_for(lambda: _sockets(lonely_realtime.process.pid) <= before, "dropped")
    finally:
        os.kill(client.pid, signal.SIGKILL)
        client.communicate()

    with lonely_realtime.client(UserFactory()) as other:
        assert other.say({"type": "ping"}).next() == {"type": "pong"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/ws/notifications", 426, "upgrade_required"), ("/", 404, "not_found")],
)
def test_plain_http_is_refused(realtime, path, status, code):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"http://127.0.0.1:{realtime.port}{path}")

    assert refusal.value.code == status
    assert json.load(refusal.value)["error"]["code"] == code


def test_another_websocket_does_not_exist(realtime):
    with pytest.raises(InvalidStatus) as refusal:
        connect(f"ws://127.0.0.1:{realtime.port}/ws/other")

    assert refusal.value.response.status_code == 404
    assert json.loads(refusal.value.response.body)["error"]["code"] == "not_found"


def _epoch(text):
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def _sockets(pid):
    links = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(os.readlink(entry))
        except FileNotFoundError:
            continue
    return sum(link.startswith("socket:") for link in links)
