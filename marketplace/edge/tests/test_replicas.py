"""Public reads from a real streaming replica, while its primary is written to."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from accounts.services.sessions import start_session
from accounts.tests.factories import UserFactory
from accounts.tokens import token_pair
from catalog.models import Product
from catalog.services import products
from catalog.tests.factories import BannerFactory, BrandFactory, VariantFactory
from marketplace.common import replicas
from marketplace.common.read_cache import CATALOGUE, client
from marketplace.common.testing import empty_tables
from marketplace.common.testing.processes import database_url
from marketplace.edge.tests.conftest import Site
from marketplace.embedded.postgres import USER, PostgresServer
from marketplace.embedded.server import child_environment
from reviews.tests.factories import QuestionFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica_1"])
API = "/api/v1"
LIST = f"{API}/products"
REPLICA = "replica_1"
ROUTER = "marketplace.common.replicas.Router"
MIDDLEWARE = "marketplace.common.replicas.WriterMiddleware"
WAIT_SECONDS = 20.0


class Server(PostgresServer):
    """One that can be replicated, or is a replica; small, so that two start at once."""

    process: "subprocess.Popen[bytes]"

    def settings(self) -> dict[str, str]:
        small = {"shared_buffers": "32MB", "max_connections": "20", "autovacuum": "off"}
        sending = {"wal_level": "replica", "max_wal_senders": "3", "hot_standby": "on"}
        return super().settings() | small | sending

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.prepare()
        self.process = self.launch()
        until(lambda: self.answers(self.url()))

    def run(self, program: str, *arguments: str) -> None:
        command = self._as_server_user(program, "-h", str(self._socket_dir), "-U", USER, *arguments)
        ended = subprocess.run(
            command, env=child_environment(), capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr

    def stop(self, number: int = signal.SIGINT) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(30)
        self.tidy()

    def place(self) -> dict[str, str]:
        return {"HOST": str(self._socket_dir), "NAME": USER, "USER": USER, "PASSWORD": ""}


def until(holds: Any) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def servers(
    tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any
) -> Iterator[tuple[Server, Server]]:
    """A primary with our tables, and a replica that it streams to."""
    folder = tmp_path_factory.mktemp("streaming")
    primary = Server(folder / "primary", durable=False)
    replica = Server(folder / "replica", durable=False)
    primary.start()
    try:
        primary.finish_start()
        with django_db_blocker.unblock():
            source = database_url()
        programs = Path(primary._as_server_user("pg_dump")[-1]).parent
        dump = subprocess.run(
            [programs / "pg_dump", "--schema-only", "--no-owner", source],
            check=True,
            capture_output=True,
        )
        subprocess.run(
            [programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", primary.url()],
            input=dump.stdout,
            check=True,
            capture_output=True,
        )
        replica.home.mkdir(parents=True)
        replica._make_dir(replica.cluster)
        primary.run(
            "pg_basebackup", "-D", str(replica.cluster), "-R", "--checkpoint=fast", "--no-sync"
        )
        replica.start()
        mirror = {"TEST": {**connection.settings_dict["TEST"], "MIRROR": "default"}}
        # Before each test: Django asks which there are.
        connections.settings[REPLICA] = {**connection.settings_dict, **replica.place(), **mirror}
        try:
            yield primary, replica
        finally:
            del connections.settings[REPLICA]
            replica.stop()
    finally:
        primary.stop()


@pytest.fixture
def site(settings: Any, servers: tuple[Server, Server]) -> Iterator[Site]:
    """The shop on the primary and its replica, which is current and does not replay any more."""
    primary, _ = servers
    configured = connection.settings_dict
    own = {name: configured[name] for name in primary.place()}
    connection.close()
    configured.update(primary.place())
    settings.DATABASE_REPLICAS = [REPLICA]
    settings.DATABASE_ROUTERS = [ROUTER]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, MIDDLEWARE]
    settings.DATABASE_REPLICA_LAG_SECONDS = 3600.0
    replicas._replica.cache_clear()
    try:
        with closing(Site()) as site:
            yield site
    finally:
        empty_tables()
        # The last test kills it.
        if servers[1].process.poll() is None:
            resume()
        connection.close()
        connections[REPLICA].close()
        configured.update(own)


@pytest.fixture
def variant(site: Site) -> Any:
    """A product that the replica has, with the version that its answers are made under."""
    variant = VariantFactory(product__title="Áo lụa", product__brand=BrandFactory())
    BannerFactory()
    QuestionFactory(product=variant.product)
    products.update_product(variant.product_id, actor=None, description="Lụa tơ tằm")
    become_current()
    pause()
    return variant


def ask_replica(sql: str) -> Any:
    with connections[REPLICA].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def pause() -> None:
    ask_replica("SELECT pg_wal_replay_pause()::text")
    until(lambda: ask_replica("SELECT pg_get_wal_replay_pause_state()") == "paused")


def resume() -> None:
    ask_replica("SELECT pg_wal_replay_resume()::text")


def catch_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        (position,) = cursor.fetchone()
        # Writes what is not a commit to the end of the WAL, so that it is sent.
        cursor.execute("SELECT pg_logical_emit_message(false, 'test', '', true)")
    until(lambda: ask_replica(f"SELECT pg_last_wal_replay_lsn() >= '{position}'"))


def watch() -> None:
    """Have the next read look how far the replica is."""
    replicas._replica(REPLICA)._watch_at = 0.0


def become_current() -> None:
    def is_current() -> bool:
        catch_up()
        watch()
        return replicas._replica(REPLICA).may_answer(0)

    until(is_current)


def retitle_behind_the_back(title: str) -> None:
    """Change the primary as no service does, so that only whoever reads it can know."""
    Product.objects.update(title=title)


def access_token(user: Any) -> str:
    return token_pair(start_session(user, user_agent="", ip_address=""))["access"]


@contextmanager
def statements_of(alias: str) -> Iterator[list[str]]:
    found: list[str] = []

    def note(execute: Any, sql: Any, *rest: Any) -> Any:
        found.append(sql)
        return execute(sql, *rest)

    with connections[alias].execute_wrapper(note):
        yield found


def titles(reply: Any) -> list[str]:
    return [card["title"] for card in reply.json["results"]]


def test_public_reads_are_answered_by_the_replica_while_the_primary_is_written_to(site, variant):
    product = variant.product
    retitle_behind_the_back("Áo khác")
    detail = f"{LIST}/{product.slug}"
    paths = [
        LIST,
        f"{LIST}?category={product.category.slug}&ordering=price",
        detail,
        *(f"{detail}/{part}" for part in ("variants", "images", "related")),
        *(f"{detail}/{part}" for part in ("reviews", "questions")),
        f"{LIST}/search?q=lua",
        f"{LIST}/search?q=luaa&ordering=newest",
        f"{LIST}/suggest?q=ao",
        f"{API}/categories",
        f"{API}/categories/{product.category.slug}",
        f"{API}/brands",
        f"{API}/brands/{product.brand.slug}",
        f"{API}/shops",
        f"{API}/shops/{product.shop.slug}",
        f"{API}/banners",
    ]
    site.get(LIST)

    with statements_of("default") as asked:
        replies = {path: site.get(path) for path in paths}

    assert {path: reply.status for path, reply in replies.items() if reply.status != 200} == {}
    assert {sql for sql in asked if "pg_current_wal" not in sql} == set()
    assert replies[detail].json["title"] == "Áo lụa"
    assert titles(replies[LIST]) == titles(replies[f"{LIST}/search?q=lua"]) == ["Áo lụa"]
    assert Product.objects.get().title == "Áo khác"


def test_what_was_written_is_read_at_once_and_never_stored_as_it_was_before(site, variant):
    product = variant.product
    detail = f"{LIST}/{product.slug}"
    assert site.get(detail).json["title"] == "Áo lụa"

    products.update_product(product.pk, actor=None, title="Áo mới")

    for _ in range(2):
        assert site.get(detail).json["title"] == "Áo mới"
        assert titles(site.get(LIST)) == ["Áo mới"]
        assert titles(site.get(f"{LIST}/search?q=ao")) == ["Áo mới"]
    # Stored under the version of the change: asked of the primary once.
    assert site.passed.count(detail) == 2
    # A version that Redis has lost, or that does not say since when it stands, is set anew.
    for lost in (b"", b"without"):
        retitle_behind_the_back(f"Áo {lost.decode()}.")
        client().call(b"SET", CATALOGUE, lost) if lost else client().call(b"DEL", CATALOGUE)
        assert titles(site.get(LIST)) == [f"Áo {lost.decode()}."]
        assert b"@" in client().call(b"GET", CATALOGUE)
    # Once it has replayed the change, the replica answers again.
    resume()
    become_current()
    pause()
    retitle_behind_the_back("Áo khác")
    assert titles(site.get(f"{LIST}/search?q=ao")) == ["Áo without."]


def test_who_has_written_reads_what_the_replica_does_not_have_yet(site, variant, settings):
    writer = UserFactory()
    other = UserFactory()
    tokens = {user: access_token(user) for user in (writer, other)}
    retitle_behind_the_back("Áo khác")

    response = APIClient().patch(
        f"{API}/profile",
        {"full_name": "An"},
        format="json",
        headers={"authorization": f"Bearer {tokens[writer]}"},
    )

    assert response.status_code == 200
    search = f"{LIST}/search?q=ao"
    found = {
        user: titles(site.get(search, authorization=f"Bearer {token}"))
        for user, token in tokens.items()
    }
    assert found == {writer: ["Áo khác"], other: ["Áo lụa"]}
    assert titles(site.get(search)) == ["Áo lụa"]


def test_replica_that_lags_is_left_alone(site, variant, settings):
    search = f"{LIST}/search?q=ao"
    retitle_behind_the_back("Áo khác")

    # The first look learns where the primary is, the second finds that the replica is not there.
    watch()
    first = titles(site.get(search))
    settings.DATABASE_REPLICA_LAG_SECONDS = 0.0
    watch()
    second = titles(site.get(search))

    assert (first, second) == (["Áo lụa"], ["Áo khác"])


def test_reads_go_on_when_the_replica_breaks_off_and_dies(site, variant, servers):
    search = f"{LIST}/search?q=ao"
    assert titles(site.get(search)) == ["Áo lụa"]
    retitle_behind_the_back("Áo khác")

    def break_off(execute: Any, sql: Any, *rest: Any) -> Any:
        if "catalog_product" in sql:
            pid = connections[REPLICA].connection.info.backend_pid
            other = connections.create_connection(REPLICA)
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            other.close()
        return execute(sql, *rest)

    with connections[REPLICA].execute_wrapper(break_off):
        broken_off = site.get(search)
    resume()
    become_current()
    with statements_of("default") as asked:
        back = site.get(search)
    servers[1].stop(signal.SIGKILL)
    dead = [site.get(url) for url in (search, LIST, f"{LIST}/{variant.product.slug}")]
    watch()
    dead.append(site.get(search))

    assert (broken_off.status, titles(broken_off)) == (200, ["Áo khác"])
    assert (back.status, {sql for sql in asked if "pg_current_wal" not in sql}) == (200, set())
    assert [reply.status for reply in dead] == [200] * 4
    assert titles(dead[0]) == titles(dead[1]) == titles(dead[3]) == ["Áo khác"]
    assert dead[2].json["title"] == "Áo khác"
