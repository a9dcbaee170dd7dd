"""The embedded servers are started for real, in directories and by processes of their own."""

import fcntl
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
import psycopg
import pytest
import redis

from marketplace.embedded.postgres import PostgresServer
from marketplace.embedded.redis import RedisServer

ROOT = Path(__file__).resolve().parents[3]

# A user that prints its URLs, then stays until its input ends.
USER = (
    "import os, sys; from marketplace import embedded; embedded.use(durable=False);"
    "print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], flush=True); sys.stdin.read()"
)


class User:
    """A process that uses the servers of one DATA_DIR."""

    def __init__(self, data_dir: Path) -> None:
        environment = {
            key: value
            for key, value in os.environ.items()
            if key not in (PostgresServer.variable, RedisServer.variable)
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER],
            env={**environment, "DATA_DIR": str(data_dir)},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def urls(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            pytest.fail(self.process.stderr.read())
        database, cache = line.split()
        return database, cache

    def end(self) -> None:
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=60)


StartUser = Callable[[], User]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def start_user(data_dir: Path) -> Iterator[StartUser]:
    users: list[User] = []

    def start() -> User:
        users.append(User(data_dir))
        return users[-1]

    yield start
    for user in users:
        user.kill()
    _wait_until_stopped(data_dir)


def _eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _keeper_is_gone(home: Path) -> bool:
    with (home / "keeper.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _wait_until_stopped(data_dir: Path) -> None:
    for home in data_dir.iterdir() if data_dir.exists() else ():
        _eventually(lambda home=home: _keeper_is_gone(home))  # type: ignore[misc]


def _select(url: str, query: str) -> object:
    config = dj_database_url.parse(url)
    with psycopg.connect(
        host=config["HOST"], user=config["USER"], dbname=config["NAME"], connect_timeout=5
    ) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def _postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres/data/postmaster.pid").read_text().split()[0])


def _keeper_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _answers(url: str, query: str = "SELECT 1") -> bool:
    try:
        return _select(url, query) == 1
    except psycopg.OperationalError:
        return False


def test_a_fresh_start_gives_a_database_that_knows_vietnamese_and_a_redis(
    start_user: StartUser, data_dir: Path
) -> None:
    database, cache = start_user().urls()

    assert _select(database, "SELECT current_database()") == "marketplace"
    assert _select(database, "SELECT lower('ĐIỆN THOẠI')") == "điện thoại"
    assert _select(database, "SELECT 'ĐIỆN' ILIKE 'điện'") is True
    with psycopg.connect(
        host=dj_database_url.parse(database)["HOST"], user="marketplace", dbname="marketplace"
    ) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        trigrams = connection.execute("SELECT show_trgm('điện') = show_trgm('ĐIỆN')").fetchone()
        words = connection.execute("SELECT array_length(show_trgm('điện'), 1)").fetchone()
    assert trigrams == (True,)
    assert words == (5,)
    with redis.Redis.from_url(cache) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}


def test_redis_refuses_a_client_without_the_password(start_user: StartUser) -> None:
    _, cache = start_user().urls()

    with (
        redis.Redis(port=urlsplit(cache).port or 0) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.get("key")


def test_the_socket_and_the_secrets_are_private(start_user: StartUser, data_dir: Path) -> None:
    database, _ = start_user().urls()

    socket_dir = Path(unquote(urlsplit(database).netloc.rpartition("@")[2]))
    assert socket_dir.stat().st_mode & 0o777 == 0o700
    for name in ("redis/password", "redis/redis.conf", "redis/url", "postgres/url"):
        assert (data_dir / name).stat().st_mode & 0o777 == 0o600


def test_a_second_user_shares_the_servers(start_user: StartUser) -> None:
    first = start_user().urls()

    second = start_user().urls()

    assert second == first


def test_users_that_start_together_share_one_server(start_user: StartUser) -> None:
    users = [start_user() for _ in range(6)]

    urls = {user.urls() for user in users}

    assert len(urls) == 1


def test_the_last_user_to_end_stops_the_servers_and_data_stays(
    start_user: StartUser, data_dir: Path
) -> None:
    first, second = start_user(), start_user()
    database, cache = first.urls()
    second.urls()
    with psycopg.connect(
        host=dj_database_url.parse(database)["HOST"], user="marketplace", dbname="marketplace"
    ) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")

    first.end()
    assert _answers(database)
    second.end()
    _wait_until_stopped(data_dir)

    assert not _answers(database)
    with redis.Redis.from_url(cache) as client, pytest.raises(redis.ConnectionError):
        client.ping()
    database, _ = start_user().urls()
    assert _select(database, "SELECT value FROM kept") == 42


def test_a_killed_user_leaves_nothing_running_and_the_next_one_starts(
    start_user: StartUser, data_dir: Path
) -> None:
    user = start_user()
    database, _ = user.urls()

    user.kill()
    _wait_until_stopped(data_dir)

    assert not _answers(database)
    database, _ = start_user().urls()
    assert _answers(database)


def test_a_user_that_comes_while_the_servers_stop_gets_running_ones(
    start_user: StartUser, data_dir: Path
) -> None:
    for _ in range(4):
        user = start_user()
        database, _ = user.urls()
        assert _answers(database)
        user.kill()


def test_a_killed_postgres_is_started_again_under_its_users(
    start_user: StartUser, data_dir: Path
) -> None:
    database, _ = start_user().urls()
    killed = _postmaster(data_dir)

    os.kill(killed, signal.SIGKILL)

    _eventually(lambda: _answers(database))
    assert _postmaster(data_dir) != killed


def test_a_killed_redis_is_started_again_with_the_same_url(start_user: StartUser) -> None:
    _, cache = start_user().urls()
    with redis.Redis.from_url(cache) as client:
        pid = client.info("server")["process_id"]

    os.kill(pid, signal.SIGKILL)

    def answers() -> bool:
        with redis.Redis.from_url(cache) as client:
            try:
                return bool(client.info("server")["process_id"] != pid)
            except redis.ConnectionError:
                return False

    _eventually(answers)


def test_a_killed_keeper_takes_its_server_along_and_the_next_user_starts_another(
    start_user: StartUser, data_dir: Path
) -> None:
    start_user().urls()
    postmaster = _postmaster(data_dir)

    os.kill(_keeper_of(postmaster), signal.SIGKILL)
    database, _ = start_user().urls()

    assert _answers(database)
    assert _postmaster(data_dir) != postmaster


def test_a_stale_pid_file_that_names_another_program_is_cleared(
    start_user: StartUser, data_dir: Path
) -> None:
    user = start_user()
    user.urls()
    pid_file = data_dir / "postgres/data/postmaster.pid"
    left = pid_file.read_text().split("\n")
    user.end()
    _wait_until_stopped(data_dir)
    pid_file.write_text("\n".join([str(os.getpid()), *left[1:]]))

    database, _ = start_user().urls()

    assert _answers(database)


def test_a_taken_redis_port_is_replaced(start_user: StartUser, data_dir: Path) -> None:
    user = start_user()
    _, before = user.urls()
    user.end()
    _wait_until_stopped(data_dir)

    port = urlsplit(before).port
    squatter = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _, after = start_user().urls()
    finally:
        squatter.kill()
        squatter.wait()

    assert urlsplit(after).port != port
    with redis.Redis.from_url(after) as client:
        assert client.ping()


def test_a_killed_initdb_does_not_stop_the_next_start(
    start_user: StartUser, data_dir: Path
) -> None:
    half = data_dir / "postgres/data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    database, _ = start_user().urls()

    assert _answers(database)
    assert not half.exists()


def test_data_of_another_major_version_is_refused_with_a_way_out(
    start_user: StartUser, data_dir: Path
) -> None:
    user = start_user()
    user.urls()
    user.end()
    _wait_until_stopped(data_dir)
    (data_dir / "postgres/data/PG_VERSION").write_text("15\n")
    # Disposable data would be made anew, so this user keeps its data.
    durable = (
        f"import os; from marketplace import embedded; os.environ['DATA_DIR'] = {str(data_dir)!r};"
    )

    result = subprocess.run(
        [sys.executable, "-c", f"{durable} embedded.use()"],
        env={k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert "was made by PostgreSQL 15" in result.stderr
    assert "DATABASE_URL" in result.stderr


@pytest.mark.parametrize("name", ["deep/" * 30 + "Var", "with space, comma & Đ"])
def test_a_path_no_socket_can_have_works(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / name
    user = User(data_dir)
    try:
        database, cache = user.urls()

        assert _answers(database)
        with redis.Redis.from_url(cache) as client:
            assert client.ping()
        again = User(data_dir)
        assert again.urls()[0] == database
        again.end()
    finally:
        user.kill()
        _wait_until_stopped(data_dir)


def test_a_url_that_is_set_is_left_alone(data_dir: Path) -> None:
    script = (
        "import os; from marketplace.embedded import use; use(); print(os.environ['DATABASE_URL'])"
    )
    environment = {"DATABASE_URL": "postgresql://own", "REDIS_URL": "redis://own"}

    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment, "DATA_DIR": str(data_dir)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout == "postgresql://own\n"
    assert not data_dir.exists()


def test_the_command_runs_another_with_the_urls_and_gives_its_exit_code(data_dir: Path) -> None:
    script = 'test -n "$REDIS_URL" && psql -Atc "SELECT 6 * 7" && exit 3'

    result = subprocess.run(
        [sys.executable, "-m", "marketplace.embedded", "--", "sh", "-c", script],
        env={
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": str(data_dir),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (3, "42\n"), result.stderr
    assert _keeper_is_gone(data_dir / "postgres")
    assert _keeper_is_gone(data_dir / "redis")


def test_the_help_of_the_command_names_its_uses() -> None:
    result = subprocess.run(
        shlex.split(f"{sys.executable} -m marketplace.embedded --help"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "-- psql" in result.stdout
