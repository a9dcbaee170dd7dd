"""Run the marketplace here: database, cache, web, realtime, worker and scheduler, until Ctrl-C."""

import argparse
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from marketplace import embedded
from marketplace.demo.accounts import ACCOUNTS, PASSWORD
from marketplace.embedded.server import launcher
from marketplace.environment import prepare, read_dotenv
from marketplace.supervisor.console import Console
from marketplace.supervisor.processes import Child, Program, Record, stop_all

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
# The port of a run that was killed a moment ago comes free as soon as its processes have gone.
PORT_SECONDS = 3.0

VARIABLES = """\
environment (`.env` is read too; `.env.example` lists everything):
  PORT=8000           where the site listens
  REALTIME_PORT=8001  where live notifications are served, a WebSocket
  HOST=127.0.0.1      on which address; 0.0.0.0 to be reached from other machines
  DATA_DIR=var        where the data of the embedded servers, mail, SMS and media go
  DATABASE_URL        a PostgreSQL of your own instead of the embedded one
  REDIS_URL           a Redis of your own instead of the embedded one
  DEMO=1              0 starts without demo accounts and goods
  WEB_WORKERS=2, WEB_THREADS=2, WORKER_CONCURRENCY=2
"""


class Refusal(Exception):
    """The run cannot start; the text says why and what to do."""


class Run:
    def __init__(self) -> None:
        self.console = Console()
        self.stopping = threading.Event()
        self.signals = 0
        self.host = os.environ.get("HOST") or "127.0.0.1"
        self.port = _number("PORT", 8000)
        self.realtime_port = _number("REALTIME_PORT", 8001)
        self.data_dir = embedded.default_data_dir().resolve()
        self.record = Record(self.data_dir / "run.json")
        self.children: list[Child] = []
        self.started_at = time.monotonic()

    def say(self, line: str) -> None:
        self.console.write("run", line)

    def main(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "run.lock").open("a+") as lock:
            self._claim(lock.fileno())
            self.record.clear_leftovers()
            if self.port == self.realtime_port:
                raise Refusal(f"PORT and REALTIME_PORT are both {self.port}: they must differ")
            self._check_port("PORT", self.port)
            self._check_port("REALTIME_PORT", self.realtime_port)
            try:
                return self._run()
            finally:
                embedded.release()

    def _on_signal(self, number: int, frame: object) -> None:
        self.stopping.set()
        self.signals += 1
        if self.signals > 1:  # somebody is in a hurry
            for child in self.children:
                child.signal(signal.SIGKILL)

    def _claim(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(lock, 32, 0).decode().strip()
            raise Refusal(
                f"bin/run is running on {self.data_dir} already (process {pid}): stop it first, or "
                "set DATA_DIR, PORT and REALTIME_PORT to run another marketplace beside it"
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)

    def _check_port(self, variable: str, port: int) -> None:
        deadline = time.monotonic() + PORT_SECONDS
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        while True:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((self.host, port))
                except OSError as error:
                    if time.monotonic() > deadline:
                        raise Refusal(
                            f"cannot listen on {self.host} port {port} ({error.strerror}): stop "
                            f"what does, or set {variable}, as in {variable}={port + 10} bin/run"
                        ) from error
                else:
                    return
            time.sleep(0.2)

    def _run(self) -> int:
        self.say("Starting the database and bringing it up to date ...")
        prepare()
        if self.stopping.is_set():
            return 0
        if self._set_up() != 0:
            return 0 if self.stopping.is_set() else 1
        self.children = [
            Child(program, self._environment(), self.console.write) for program in self._programs()
        ]
        threading.Thread(target=self._announce, daemon=True).start()
        code = self._watch()
        self.say("stopping")
        stop_all(self.children, self.console.write)
        self.record.path.unlink(missing_ok=True)
        return code

    def _watch(self) -> int:
        """Keep the children running until a signal comes or one of them cannot be kept."""
        while not self.stopping.is_set():
            for child in self.children:
                code = child.check()
                if code is not None:
                    return code
            self.record.write(self.children)
            self.stopping.wait(0.2)
        return 0

    def _set_up(self) -> int:
        command = [*launcher(), sys.executable, "-m", "marketplace.supervisor.setup"]
        process = subprocess.Popen(
            command,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self._stop_when_told, args=(process,), daemon=True).start()
        with process:
            for line in process.stdout or ():
                self.console.write("setup", line.decode(errors="replace").rstrip())
        return process.returncode

    def _stop_when_told(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None:
            if self.stopping.wait(0.2):
                process.terminate()
                return

    def _programs(self) -> list[Program]:
        python = sys.executable
        # Root is what containers are, and tasks are JSON: nothing in them runs by itself.
        no_root_warning = ("-W", "ignore:You're running the worker with superuser privileges")
        celery = [python, *no_root_warning, "-m", "celery", "--quiet", "-A", "marketplace"]
        beat_schedule = str(self.data_dir / "celerybeat-schedule")
        return [
            Program("web", [python, "-m", "granian", *self._web_options()]),
            Program(
                "realtime",
                [
                    *(python, "-m", "marketplace.realtime"),
                    *("--host", self.host, "--port", str(self.realtime_port)),
                ],
            ),
            Program(
                "worker",
                [
                    *celery,
                    *("worker", "--concurrency", str(_number("WORKER_CONCURRENCY", 2))),
                    *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
                    *("--queues", "default,images,imports,documents,webhooks"),
                ],
                # Nobody is left to wait for tasks that still run: they are delivered again.
                orphan_signal=signal.SIGQUIT,
            ),
            Program("beat", [*celery, "beat", "--schedule", beat_schedule, "--pidfile="]),
        ]

    def _web_options(self) -> list[str]:
        return [
            *("--interface", "wsgi", "--http", "1", "--no-ws"),
            *("--host", self.host, "--port", str(self.port)),
            *("--workers", str(_number("WEB_WORKERS", 2))),
            # A thread keeps its database connection, so idle threads are kept as well.
            *("--blocking-threads", str(_number("WEB_THREADS", 2))),
            *("--blocking-threads-idle-timeout", "600"),
            *("--respawn-failed-workers", "--respawn-interval", "0.5"),
            *("--workers-kill-timeout", "5"),
            "marketplace.wsgi:application",
        ]

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return {
            **os.environ,
            "PYTHONPATH": path,
            "PYTHONUNBUFFERED": "1",
            # Links in mail lead where this run listens.
            "SITE_URL": os.environ.get("SITE_URL") or f"http://{self._address(self.port)}",
            "LIVE_URL": os.environ.get("LIVE_URL") or self._live_url(),
        }

    def _live_url(self) -> str:
        return f"ws://{self._address(self.realtime_port)}/ws/notifications"

    def _address(self, port: int) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def _wait_for(self, url: str, deadline: float) -> bool:
        problem = "no answer"
        while time.monotonic() < deadline and not self.stopping.is_set():
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                    return True
            except urllib.error.HTTPError as error:
                problem = f"HTTP {error.code}"
            except OSError as error:
                problem = str(error)
            time.sleep(0.25)
        if not self.stopping.is_set():
            self.say(f"{url} is not ready after {READY_SECONDS:.0f} s: {problem}")
        return False

    def _announce(self) -> None:
        """Print where everything is once it answers."""
        site = f"http://{self._address(self.port)}"
        realtime = f"http://{self._address(self.realtime_port)}"
        deadline = time.monotonic() + READY_SECONDS
        if not (
            self._wait_for(f"{site}/health/ready", deadline)
            and self._wait_for(f"{realtime}/health/live", deadline)
        ):
            return
        lines = [
            f"The marketplace is up, after {time.monotonic() - self.started_at:.1f} s.",
            "",
            f"  Site      {site}/",
            f"  API docs  {site}/api/docs",
            f"  Admin     {site}/admin/",
            f"  Live      {self._live_url()}",
            "",
        ]
        if os.environ.get("DEMO", "1").lower() in ("1", "true", "yes", "on", "y", "t"):
            lines.append(f"  Demo accounts, each with the password {PASSWORD}:")
            lines += [f"    {account.email:<20}  can {account.can}" for account in ACCOUNTS]
            lines.append("")
        lines.append("Ctrl-C stops it; the data stays.")
        for line in lines:
            self.say(line)


def _number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise Refusal(f"{name} must be a number from 1 to 65535, not {value!r}")
    return int(value)


def main() -> int:
    argparse.ArgumentParser(
        prog="bin/run",
        description=__doc__,
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    read_dotenv()
    try:
        return Run().main()
    except (Refusal, embedded.EmbeddedServerError) as error:
        sys.stderr.write(f"bin/run: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
