"""A PostgreSQL and a Redis of the benchmark's own, a database for each size, Django on top."""

import os
import platform
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from marketplace import embedded

ROOT = Path(__file__).resolve().parents[1]
DATA_DIR = ROOT / "var" / "benchmarks"
PRODUCTS = 100_000
# Stands on a database that was filled to the end; another one is made anew.
MARK = "filled by benchmarks"


def keep_apart(name: str) -> None:
    """Have servers and data of one's own, before they are started.

    A PostgreSQL that was killed first looks at every file that it has: few come up soon.
    """
    global DATA_DIR
    DATA_DIR = DATA_DIR / name


def start() -> None:
    """Start the servers in DATA_DIR and Django.

    Variables that name other servers are dropped: nothing is ever written to somebody's own data.
    SIGTERM ends the program as Ctrl-C does, so that what it started is stopped.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name in ("DATABASE_URL", "REDIS_URL", "ENVIRONMENT", "S3_BUCKET", "EMAIL_HOST"):
        os.environ.pop(name, None)
    os.environ |= {
        "DATA_DIR": str(DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "ACCESS_TOKEN_SECONDS": "86400",
        "PYTHONPATH": str(ROOT),
    }
    embedded.use(DATA_DIR)
    django.setup()


def prepare(products: int = PRODUCTS, *, name: str | None = None) -> None:
    """Start everything and use a database with this many products, filled where it is not yet."""
    start()
    use_database(products, name=name)


def use_database(products: int, *, name: str | None = None) -> None:
    """Point Django, and whatever is started from now on, at the database of this size."""
    name = name or f"products_{products}"
    is_filled = _is_filled(name)
    connection.close()
    connection.settings_dict["NAME"] = name
    os.environ["DATABASE_URL"] = database_url(name)
    call_command("migrate", verbosity=0)
    from catalog.search.tiers import refresh_tiers

    if is_filled:
        refresh_tiers()  # as a worker would have
    else:
        from benchmarks import data

        data.fill(products)
        _run(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), MARK))


def copy_database(source: str, name: str) -> None:
    """Make a database anew as a copy of one that is filled, and that nobody uses."""
    connection.close()
    target = sql.Identifier(name)
    _run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target))
    _run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(target, sql.Identifier(source)))
    _run(sql.SQL("COMMENT ON DATABASE {} IS {}").format(target, MARK))


def database_name() -> str:
    """Return the database that Django uses now."""
    return str(connection.settings_dict["NAME"])


def database_url(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _is_filled(name: str) -> bool:
    """Tell whether there is such a database, complete; make it new and empty where not."""
    marks = _run(
        sql.SQL(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = {}"
        ).format(name)
    )
    if marks == [(MARK,)]:
        return True
    _run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    _run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return False


def _run(statement: sql.Composed) -> list[Any]:
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        cursor = server.execute(statement)
        return cursor.fetchall() if cursor.description else []


def server_pids() -> dict[str, int]:
    """Return the process ids of PostgreSQL and Redis."""
    from marketplace.common.read_cache import client

    pid_file = DATA_DIR / "postgres" / "data" / "postmaster.pid"
    info = client().call(b"INFO", b"server")
    if not isinstance(info, bytes):
        refuse("Redis does not say who it is")
    lines = dict(row.split(":", 1) for row in info.decode().splitlines() if ":" in row)
    return {
        "database": int(pid_file.read_text().split("\n", 1)[0]),
        "redis": int(lines["process_id"]),
    }


def machine() -> dict[str, str]:
    """Return what the figures depend on: processor, memory, load and versions."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory_gib": f"{memory:.0f}",
        "load_before": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "postgresql": postgres,
        **{name: version(name) for name in ("django", "djangorestframework", "granian", "psycopg")},
        "commit": _commit(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    result = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() or "unknown"


def refuse(message: str) -> NoReturn:
    """End with a message that says what to do."""
    sys.exit(f"benchmarks: {message}")
