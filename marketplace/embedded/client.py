"""The user's side of an embedded server: hold its lock, see that it has a keeper, wait for it."""

import fcntl
import os
import sys
import time
from pathlib import Path

from marketplace.embedded.server import EmbeddedServerError, Server, child_environment

# Making a cluster takes a second or two, recovery after a power cut can take far longer.
START_SECONDS = 180.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02

# Open as long as this process uses the server; the kernel closes them however it ends.
_locks: dict[Path, int] = {}


def join(server: Server) -> None:
    """Count this process among the server's users, and start a keeper unless one is alive."""
    try:
        server.home.mkdir(parents=True, exist_ok=True)
        if server.home not in _locks:
            _locks[server.home] = _lock(server.users_lock, fcntl.LOCK_SH)
    except PermissionError as error:
        raise EmbeddedServerError(
            f"{error.filename} belongs to another user: run as that user, choose another DATA_DIR "
            f"or set {server.variable}"
        ) from error
    _start_keeper(server)


def wait(server: Server) -> str:
    """Wait until the server answers and return its URL.

    Raises: EmbeddedServerError when its keeper gives up.
    """
    deadline = time.monotonic() + START_SECONDS
    restarted = False
    while time.monotonic() < deadline:
        url = server.published_url()
        if url and server.answers(url):
            return url
        if failure := _read(server.error_file):
            raise EmbeddedServerError(failure)
        # A keeper that was killed leaves no word: start another, once.
        if _start_keeper(server):
            if restarted:
                break
            restarted = True
        time.sleep(POLL_SECONDS)
    raise EmbeddedServerError(
        f"the embedded {server.name} does not answer; its log is {server.log_file}. "
        f"Set {server.variable} to use a server of your own.\n{server.log_tail()}"
    )


def leave(server: Server) -> None:
    descriptor = _locks.pop(server.home, None)
    if descriptor is not None:
        os.close(descriptor)


def wait_until_stopped(server: Server) -> None:
    """Wait for the keeper's end, unless the server has other users."""
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if _is_free(server.keeper_lock, fcntl.LOCK_EX):
            return
        # Neither way: the keeper holds it to stop. Shared only: there are other users.
        if not _is_free(server.users_lock, fcntl.LOCK_EX) and _is_free(
            server.users_lock, fcntl.LOCK_SH
        ):
            return
        time.sleep(POLL_SECONDS)


def _start_keeper(server: Server) -> bool:
    """Start the keeper with its lock already held, so that no second one can start beside it."""
    try:
        lock = _lock(server.keeper_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    try:
        server.url_file.unlink(missing_ok=True)
        server.error_file.unlink(missing_ok=True)
        _spawn_keeper(server, lock)
    finally:
        os.close(lock)
    return True


def _spawn_keeper(server: Server, lock: int) -> None:
    """Spawn rather than `subprocess`: the keeper outlives us, and nobody waits for it."""
    command = [sys.executable, "-P", "-m", "marketplace.embedded.keeper"]
    arguments = [server.name, str(server.data_dir), "durable" if server.durable else "fast", "3"]
    log = os.fspath(server.home / "keeper.log")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.posix_spawn(
        sys.executable,
        [*command, *arguments],
        child_environment(),
        file_actions=[
            # The lock goes to 3 first: it may itself be one of 0 to 2 in a process without those.
            (os.POSIX_SPAWN_DUP2, lock, 3),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _lock(path: Path, operation: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, operation)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _is_free(path: Path, operation: int) -> bool:
    try:
        os.close(_lock(path, operation | fcntl.LOCK_NB))
    except (BlockingIOError, FileNotFoundError):
        return not path.exists()
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
