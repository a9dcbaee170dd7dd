"""Makes the venv of the FastAPI service and runs it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import environment
from benchmarks.load import Running, free_port, process, wait_until_up

HERE = Path(__file__).parent
LOCK_FILE = HERE / "requirements.txt"


def make_venv() -> Path:
    """Return the Python of a venv that holds what the lock file says."""
    venv = environment.DATA_DIR / "fastapi"
    python, stamp = venv / "bin" / "python", venv / "installed.txt"
    wanted = LOCK_FILE.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("fastapi: making its venv")
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(LOCK_FILE)], check=True)
        stamp.write_text(wanted)
    return python


@contextmanager
def fastapi(*, workers: int = 2) -> Iterator[Running]:
    """Run the service with uvicorn until the block ends."""
    port = free_port()
    command = [
        *(str(make_venv()), "-m", "uvicorn", "service:app", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", str(workers), "--loop", "uvloop", "--http"),
        *("httptools", "--no-access-log", "--log-level", "warning"),
    ]
    with process(
        command, {"PYTHONPATH": f"{HERE}{os.pathsep}{environment.ROOT}"}, cwd=HERE
    ) as server:
        wait_until_up(f"http://127.0.0.1:{port}/health", server)
        yield Running(f"http://127.0.0.1:{port}", server.pid)
