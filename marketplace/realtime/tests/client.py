"""The realtime process and a client of it, for tests."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from accounts.services.sessions import start_session
from accounts.tokens import AccessToken, token_pair
from marketplace.common.testing.processes import database_url

PATIENCE_SECONDS = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(is_so: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait until a call returns something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (answer := is_so()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)
    return answer


class Realtime:
    """A running process; `variables` are its environment's own."""

    def __init__(self, *, port: int = 0, **variables: str) -> None:
        self.port = port or free_port()
        self.url = f"ws://127.0.0.1:{self.port}/ws/notifications"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "marketplace.realtime", "--port", str(self.port)],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": database_url(), **variables},
            start_new_session=True,
        )
        wait_for(self._is_up, "the realtime process is up")

    def _is_up(self) -> bool:
        assert self.process.poll() is None, "the realtime process ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=5):
                return True
        except OSError:
            return False

    def stop(self) -> int:
        """End the process politely; returns its exit code, which uvicorn makes the signal's."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    @contextmanager
    def client(self, user: User | None = None, **auth: Any) -> Iterator["LiveClient"]:
        """Connect, and with a user authenticate."""
        with connect(self.url, close_timeout=1) as wire:
            client = LiveClient(wire)
            if user is not None:
                client.authenticate(access_token(user), **auth)
            yield client


class LiveClient:
    """A plain WebSocket client."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self.ready: dict[str, Any] = {}

    def say(self, message: Any) -> Self:
        self.wire.send(message if isinstance(message, (str, bytes)) else json.dumps(message))
        return self

    def authenticate(self, token: str, **more: Any) -> dict[str, Any]:
        self.say({"type": "auth", "token": token, **more})
        self.ready = self.hear("ready")
        return self.ready

    def next(self, *, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Return the next message that is not a sign of life."""
        deadline = time.monotonic() + seconds
        while True:
            message: dict[str, Any] = json.loads(self.wire.recv(deadline - time.monotonic()))
            if message["type"] != "ping":
                return message

    def hear(self, kind: str, *, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Return the next message of a type."""
        deadline = time.monotonic() + seconds
        while True:
            message = self.next(seconds=deadline - time.monotonic())
            if message["type"] == kind:
                return message

    def all_until_answer(self) -> list[dict[str, Any]]:
        """Return what came before the answer to a ping: what was on its way has arrived."""
        self.say({"type": "ping"})
        heard = []
        while (message := self.next())["type"] != "pong":
            heard.append(message)
        return heard

    def closing(self, *, seconds: float = PATIENCE_SECONDS) -> tuple[int, str]:
        """Wait until the server closes; returns its code and reason."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.wire.recv(deadline - time.monotonic())
        except ConnectionClosed as closed:
            frame = closed.rcvd
        if frame is None:
            raise AssertionError("the connection broke off")
        return frame.code, frame.reason


def access_token(user: User, *, seconds: float | None = None) -> str:
    """Sign a user in and return the access token, perhaps one of a shorter life."""
    session = start_session(user, user_agent="test", ip_address="127.0.0.1")
    access = token_pair(session)["access"]
    if seconds is None:
        return access
    token = AccessToken(access)  # type: ignore[arg-type]
    token.payload["exp"] = time.time() + seconds
    return str(token)
