"""A real PostgreSQL and a real Redis without installing either: for development, demo and tests.

`use()` sets DATABASE_URL and REDIS_URL where they are missing and starts the servers behind them.
Their files lie in DATA_DIR (`var/`). Each server belongs to a small keeper process that starts it,
restarts it when it crashes, and stops it when the last process that called `use()` has ended,
however it ended.

Standard library only, and no Django: settings are read after this has run.
"""

import os
import sys
from pathlib import Path

from marketplace.embedded.server import EmbeddedServerError, Server

__all__ = ["EmbeddedServerError", "default_data_dir", "release", "use", "use_for_tests"]

ROOT = Path(__file__).resolve().parents[2]

_used: list[Server] = []


def default_data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or ROOT / "var")


def use(data_dir: Path | None = None, *, durable: bool = True) -> None:
    """Make DATABASE_URL and REDIS_URL name running servers, used until this process ends.

    A variable that is set already is left alone, so a child that inherits them starts nothing.
    `durable=False` trades safety against power cuts for speed: for tests.

    Raises: EmbeddedServerError when a server cannot be started; it says what to do instead.
    """
    wanted = [cls for cls in _server_classes() if not os.environ.get(cls.variable)]
    if not wanted:
        return
    if not sys.platform.startswith("linux"):
        names = " and ".join(cls.variable for cls in wanted)
        raise EmbeddedServerError(f"embedded servers run on Linux only: set {names}")
    from marketplace.embedded import client

    directory = (data_dir or default_data_dir()).resolve()
    servers = [cls(directory, durable=durable) for cls in wanted]
    for server in servers:  # all are started before the first is waited for
        client.join(server)
    for server in servers:
        os.environ[server.variable] = client.wait(server)
        _used.append(server)


def use_for_tests() -> None:
    """Use servers apart from those that `bin/run` uses, which a power cut may damage."""
    use(default_data_dir() / "test", durable=False)


def release() -> None:
    """Stop using the servers; when nobody else does, return once they have stopped.

    Ending the process does the same, without the wait.
    """
    from marketplace.embedded import client

    servers, _used[:] = _used[:], []
    for server in servers:
        os.environ.pop(server.variable, None)
        client.leave(server)
    for server in servers:
        client.wait_until_stopped(server)


def _server_classes() -> tuple[type[Server], ...]:
    from marketplace.embedded.postgres import PostgresServer
    from marketplace.embedded.redis import RedisServer

    return PostgresServer, RedisServer
