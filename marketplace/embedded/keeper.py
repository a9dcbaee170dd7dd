"""The process that owns one embedded server from start to stop.

Run by `marketplace.embedded.client` with the keeper lock open as a file descriptor. When the last
user is gone, or DATA_DIR is, so is it.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from marketplace.embedded import _server_classes
from marketplace.embedded.server import EmbeddedServerError, Server, write_private

POLL_SECONDS = 0.2
START_SECONDS = 170.0
STOP_SECONDS = 10.0
# A server that dies this often within the window will not live: stop trying.
MAX_CRASHES = 5
CRASH_WINDOW_SECONDS = 60.0


class Keeper:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.users = os.open(server.users_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.process: subprocess.Popen[bytes] | None = None
        self.told_to_stop = False
        self.crashes: list[float] = []

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._start()
            while not self._is_over():
                if self.process is None or self.process.poll() is not None:
                    self._restart()
                time.sleep(POLL_SECONDS)
        finally:
            self.server.url_file.unlink(missing_ok=True)
            self._stop()
            self.server.tidy()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.told_to_stop = True

    def _is_over(self) -> bool:
        """Tell whether nobody needs the server any more; nobody new can come once this is true."""
        if self.told_to_stop:
            return True
        try:
            if self.server.users_lock.stat().st_ino != os.fstat(self.users).st_ino:
                return True
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:  # DATA_DIR was deleted
            return True
        except BlockingIOError:
            return False
        return True

    def _start(self) -> None:
        try:
            self._start_once()
        except EmbeddedServerError:
            self._stop()
            if not self.server.discard():
                raise
            self._start_once()

    def _start_once(self) -> None:
        self.server.prepare()
        self.process = self.server.launch()
        url = self.server.url()
        deadline = time.monotonic() + START_SECONDS
        while not self.server.answers(url):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"the embedded {self.server.name} did not start; its log is "
                    f"{self.server.log_file}. Set {self.server.variable} to use a server of your "
                    f"own.\n{self.server.log_tail()}"
                )
            if self.told_to_stop:
                return
            time.sleep(0.02)
        self.server.finish_start()
        write_private(self.server.url_file, url)

    def _restart(self) -> None:
        now = time.monotonic()
        self.crashes = [at for at in self.crashes if now - at < CRASH_WINDOW_SECONDS] + [now]
        if len(self.crashes) > MAX_CRASHES:
            raise EmbeddedServerError(
                f"the embedded {self.server.name} keeps crashing; its log is {self.server.log_file}"
            )
        self._start()

    def _stop(self) -> None:
        if self.process is None:
            return
        for number in (self.server.stop_signal, signal.SIGQUIT, signal.SIGKILL):
            if self.process.poll() is not None:
                return
            self.process.send_signal(number)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue


def main() -> None:
    name, data_dir, mode, lock = sys.argv[1:]
    (cls,) = [each for each in _server_classes() if each.name == name]
    server = cls(Path(data_dir), durable=mode == "durable")
    os.set_inheritable(int(lock), False)
    os.chdir("/")
    try:
        Keeper(server).run()
    except EmbeddedServerError as error:
        write_private(server.error_file, str(error))
    except OSError as error:
        if server.home.is_dir():
            way_out = f"set {server.variable} to use one of your own"
            write_private(server.error_file, f"the embedded {name} cannot run ({error}): {way_out}")
        raise
    # Free before the users' lock is, or a user who waits for that would take us for alive.
    os.close(int(lock))


if __name__ == "__main__":
    main()
