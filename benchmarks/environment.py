"""A database and a Redis of the benchmark's own, and Django on top of them."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import django
from django.core.management import call_command
from django.db import connection

from marketplace import embedded

ROOT = Path(__file__).resolve().parents[1]
DATA_DIR = ROOT / "var" / "benchmarks"
POOL_SIZE = 4


def prepare(products: int) -> None:
    """Start the servers in DATA_DIR, migrate and fill the database.

    Variables that name other servers are dropped: nothing is ever written to somebody's own data.
    """
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
    call_command("migrate", verbosity=0)
    from benchmarks import data

    data.ensure(products)


def machine() -> dict[str, str]:
    """Return what the figures depend on: processor, memory and versions."""
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
