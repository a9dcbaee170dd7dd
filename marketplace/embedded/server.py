"""What every embedded server has in common: its files, and how its programs are found and run."""

import importlib.util
import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, ClassVar

LOG_LIMIT_BYTES = 10 * 1024 * 1024


class EmbeddedServerError(Exception):
    """A server could not be started; the text tells a person why and what to do."""


class Server(ABC):
    """One server below DATA_DIR.

    `users.lock` is held shared by everyone who uses the server; the keeper stops it once it can
    take the lock alone. `keeper.lock` is held by the keeper for life. `url` exists while the server
    answers. The locks are never deleted: a lock on a deleted file would exclude nobody.
    """

    name: ClassVar[str]
    variable: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        self.data_dir = data_dir
        self.durable = durable
        self.home = data_dir / self.name
        self.users_lock = self.home / "users.lock"
        self.keeper_lock = self.home / "keeper.lock"
        self.url_file = self.home / "url"
        self.error_file = self.home / "error"
        self.log_file = self.home / "log"

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs before it starts, and clear what a killed run left."""

    @abstractmethod
    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the server as a child that ends with this process."""

    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def answers(self, url: str) -> bool:
        """Tell whether the server behind `url` is ours and takes requests now."""

    @abstractmethod
    def finish_start(self) -> None:
        """Do what can only be done once the server answers."""

    @abstractmethod
    def discard(self) -> bool:
        """Throw away damaged data if it is disposable; tell whether that was done."""

    def tidy(self) -> None:  # noqa: B027 - most servers leave nothing
        """Remove what the stopped server leaves outside its home."""

    def published_url(self) -> str | None:
        try:
            return self.url_file.read_text()
        except FileNotFoundError:
            return None

    def open_log(self) -> IO[bytes]:
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".1"))
        return self.log_file.open("ab")

    def log_tail(self, lines: int = 15) -> str:
        try:
            text = self.log_file.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def write_private(path: Path, text: str) -> None:
    """Replace the file at once, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def find_program(package: str, relative: str) -> Path | None:
    """Find a program inside an installed package without importing the package's own code."""
    spec = importlib.util.find_spec(package)
    for location in (spec and spec.submodule_search_locations) or []:
        path = Path(location) / relative
        if path.is_file():
            return path.resolve()
    return None


def child_environment() -> dict[str, str]:
    """Environment of servers and keepers: this project importable, no PG* or locale."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PG", "LC_", "PYTHON", "COV_")) and key not in ("LANG", "LANGUAGE")
    }
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C"}


def launcher(*options: str) -> list[str]:
    """Command prefix that makes a child end with this process; see `launch.py`."""
    base = [sys.executable, "-P", "-m", "marketplace.embedded.launch"]
    return [*base, "--parent", str(os.getpid()), *options, "--"]
