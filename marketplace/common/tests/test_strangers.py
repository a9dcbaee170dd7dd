"""Calls to addresses that users chose: pinned to what was looked at, and bounded in time."""

import socket
import time
from contextlib import contextmanager
from threading import Thread

import pytest

from marketplace.common.outgoing import CallFailed
from marketplace.common.strangers import UrlRefused, is_public, post


@contextmanager
def listener(answer):
    """A server on loopback; yields its port and the connections that it had."""
    accepted = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                accepted.append(connection)
                with connection:
                    answer(connection)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], accepted
        server.shutdown(socket.SHUT_RDWR)


def names(monkeypatch, *addresses):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: rows)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["203.0.113.7"], ["8.8.8.8", "10.0.0.1"]])
def test_name_that_stands_for_a_private_address_is_refused(addresses, monkeypatch):
    names(monkeypatch, *addresses)
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("connected"))

    with pytest.raises(UrlRefused, match="not public"):
        post("https://rebind.example.com/", body=b"{}", headers={}, timeout_seconds=1)


def test_connection_is_made_to_the_address_that_was_looked_at(monkeypatch):
    """The name stands for something else by then."""
    names(monkeypatch, "8.8.8.8")
    asked = []

    def connect(address, timeout):
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises(CallFailed):
        post("https://hooks.example.com/", body=b"{}", headers={}, timeout_seconds=1)
    assert asked == [("8.8.8.8", 443)]


def test_server_that_says_a_byte_now_and_then_is_left_in_time():
    def drip(connection):
        try:
            for _ in range(600):
                connection.sendall(b"H")
                time.sleep(0.1)
        except OSError:
            return

    with listener(drip) as (port, accepted):
        started = time.monotonic()
        with pytest.raises(CallFailed, match="No answer within"):
            post(
                f"http://127.0.0.1:{port}/",
                body=b"{}",
                headers={},
                timeout_seconds=0.5,
                private_allowed=True,
            )
        assert time.monotonic() - started < 30
        assert len(accepted) == 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("192.168.1.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::", False),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("255.255.255.255", False),
    ],
)
def test_public_addresses_are_told_from_others(address, expected):
    assert is_public(address) is expected
