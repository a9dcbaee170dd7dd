"""Answers that a process has at hand: they end with Redis' own, at the same moment."""

import signal
import threading
import time
from collections.abc import Iterator

import pytest
import redis

from catalog.inventory.services import set_on_hand
from catalog.tests.factories import VariantFactory
from marketplace.common import read_cache
from marketplace.common.metrics.store import store as metrics
from marketplace.common.read_cache import (
    CATALOGUE,
    VERSIONS_PREFIX,
    client,
    product_version,
    renew,
)
from marketplace.common.redis_bytes import RedisBytes, RedisUnavailable
from marketplace.common.testing import run_in_parallel
from marketplace.edge import copies as module
from marketplace.edge import tracking
from marketplace.edge.answers import Answer
from marketplace.edge.copies import Copies, Copy
from marketplace.edge.layer import _track
from marketplace.edge.requests import Asked, read_request
from marketplace.edge.tests.conftest import PATIENCE_SECONDS, Site
from marketplace.edge.tracking import Tracking
from marketplace.tests.workers import Redis
from orders.tests.factories import place

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/products"


@pytest.fixture
def server(tmp_path, settings) -> Iterator[Redis]:
    """A Redis that nobody else has trouble with."""
    server = Redis(tmp_path)
    server.start()
    default = {**settings.CACHES["default"], "LOCATION": server.url}
    settings.CACHES = {"default": default}
    yield server
    server.kill()


@pytest.fixture
def store(server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url) as opened:
        yield opened


@pytest.fixture
def copies(patient: None) -> Iterator[Copies]:
    copies = Copies(_track)
    yield copies
    copies.close()


def _asked(path: str = LIST) -> Asked:
    return Asked("GET", path, "", None, None, "testserver", "http", None, None)


def _copy(asked: Asked, body: bytes = b"{}") -> Copy:
    request = read_request(asked)
    return Copy(request, Answer([], time.time() + 60, '"1"', [], body))


def _keep(copies: Copies, *paths: str, body: bytes = b"{}") -> None:
    for path in paths:
        copies.keep(_asked(path), _copy(_asked(path), body), copies.mark())


def _wait_for(copies: Copies, path: str = LIST) -> None:
    """Ask until Redis has answered that there is no news."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while copies.find(_asked(path)) is None:
        assert time.monotonic() < deadline
        _keep(copies, path)


def _found(copies: Copies, *paths: str) -> list[str]:
    """Return which of them are kept, whether or not they can be believed right now."""
    return [path for path in paths if _asked(path) in copies._copies]


def _warm(site: Site, url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while site.edge.copies.find(_asked(url)) is None:
        assert time.monotonic() < deadline
        site.get(url)


# --- What it is for -------------------------------------------------------------------------------


def test_answer_at_hand_needs_neither_django_nor_redis_answers(patient, site, store):
    VariantFactory()
    first = site.get(LIST)
    _warm(site, LIST)
    store.delete(*store.keys("edge:a:*"))
    metrics.events.clear()

    second = site.get(LIST)

    assert second.body == first.body
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert site.get(LIST, if_none_match=first.headers["ETag"]).status == 304
    assert site.passed == [LIST]
    outcomes = [labels for name, labels, *_ in metrics.events if name == "marketplace_edge_answers"]
    assert outcomes[0] == ("copy",)


def test_requests_that_differ_in_what_counts_do_not_share_a_copy(patient, site, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    VariantFactory()
    _warm(site, LIST)

    zipped = site.get(LIST, accept_encoding="gzip")
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in site.get(LIST).headers
    assert site.get(LIST, host="elsewhere.example").status == 400
    assert site.get(LIST, x_forwarded_proto="ftp").status == 200
    assert site.get(LIST, accept="text/html").status == 406
    assert site.get(LIST, method="POST").status == 405


# --- When it ends ---------------------------------------------------------------------------------


def test_sold_out_product_is_never_shown_in_stock_after_the_commit_by_any_process(make_site):
    variant = VariantFactory(stock=3)
    sites = [make_site() for _ in range(3)]
    urls = [f"{LIST}/{variant.product.slug}", LIST]
    for each in sites:
        for url in urls:
            each.get(url)
    sold_out, wrong, served = threading.Event(), [], []
    all_read = threading.Barrier(1 + len(sites))

    def buy():
        all_read.wait(PATIENCE_SECONDS)
        try:
            for _unit in range(3):
                place((variant, 1))
        finally:
            sold_out.set()

    def read(each):
        served.append(each.get(urls[0]).json["in_stock"])
        all_read.wait(PATIENCE_SECONDS)
        rounds_after = 0
        while rounds_after < 50:
            was_sold_out = sold_out.is_set()
            rounds_after += was_sold_out
            for url in urls:
                body = each.get(url).json
                shown = body["results"][0] if "results" in body else body
                served.append(shown["in_stock"])
                if was_sold_out and shown["in_stock"]:
                    wrong.append(url)

    run_in_parallel(lambda call: call(), arguments=[buy, *(lambda e=e: read(e) for e in sites)])

    assert wrong == []
    assert {True, False} == set(served)


class _Late(Tracking):
    """Of a process to which a busy machine hands out nothing from now on."""

    is_late = False

    def _received(self) -> bytes:
        return b"" if self.is_late else super()._received()


def test_process_that_gets_its_news_late_does_not_show_a_sold_out_product_in_stock(
    unhurried, server, site, monkeypatch
):
    for where in (read_cache, tracking):
        monkeypatch.setattr(where, "SURE_SECONDS", 1.0)
    late = _Late(client(), VERSIONS_PREFIX, timeout_seconds=PATIENCE_SECONDS)
    site.edge.copies = Copies(lambda: late)
    variant = VariantFactory(stock=1)
    urls = [f"{LIST}/{variant.product.slug}", LIST]
    for url in urls:
        _warm(site, url)

    late.is_late = True
    place((variant, 1))
    detail, listed = (site.get(url).json for url in urls)

    assert detail["in_stock"] is False
    assert listed["results"][0]["in_stock"] is False
    assert sorted(_found(site.edge.copies, *urls)) == sorted(urls)  # there, and not believed


@pytest.mark.parametrize("name", [CATALOGUE, product_version("a")], ids=["catalogue", "product"])
def test_copy_ends_as_soon_as_its_version_is_renewed(copies, name):
    others = [f"{LIST}/b"] if name != CATALOGUE else []
    _keep(copies, LIST, f"{LIST}/a", f"{LIST}/a/variants", f"{LIST}/b")
    _wait_for(copies)

    renew(name)

    assert copies.find(_asked(f"{LIST}/a")) is None
    assert copies.find(_asked(f"{LIST}/a/variants")) is None
    left = _found(copies, LIST, f"{LIST}/a", f"{LIST}/a/variants", f"{LIST}/b")
    assert left == ([] if name == CATALOGUE else [LIST, *others])


@pytest.mark.parametrize("is_read_meanwhile", [True, False])
def test_what_was_read_before_a_change_is_not_kept_after_it(copies, is_read_meanwhile):
    mark = copies.mark()
    renew(CATALOGUE)
    if is_read_meanwhile:
        copies.mark()

    copies.keep(_asked(), _copy(_asked()), mark)

    assert copies.find(_asked()) is None
    assert _found(copies, LIST) == []


def test_answer_that_has_grown_old_is_not_given(copies):
    asked = _asked()
    copies.keep(
        asked, Copy(read_request(asked), Answer([], time.time(), "", [], b"")), copies.mark()
    )

    assert copies.find(asked) is None


# --- How much ------------------------------------------------------------------------------------


def test_oldest_copies_make_room(copies, monkeypatch):
    monkeypatch.setattr(module, "MAX_COPIES", 2)
    paths = [f"{LIST}/{ref}" for ref in "abc"]
    _keep(copies, *paths)

    assert _found(copies, *paths) == paths[1:]
    assert set(copies._by_version) == {CATALOGUE, product_version("b"), product_version("c")}
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    _keep(copies, LIST, body=b"x" * 10)
    assert _found(copies, *paths, LIST) == [paths[2], LIST]
    assert copies._bytes <= 100
    _keep(copies, f"{LIST}/d", body=b"x" * 101)
    assert _found(copies, f"{LIST}/d") == []


def test_long_headers_take_room_too(copies, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1_000)
    for number in range(9):
        asked = _asked()._replace(accept=f"*/*;{number}{'x' * 300}")
        copies.keep(asked, _copy(asked), copies.mark())

    assert 0 < len(copies._copies) <= 3
    assert 600 < copies._bytes <= 1_000
    copies.close()
    assert copies._bytes == 0


# --- Redis in trouble -----------------------------------------------------------------------------


def test_nothing_at_hand_is_believed_once_redis_is_silent(site, server):
    variant = VariantFactory(stock=1)
    url = f"{LIST}/{variant.product.slug}"
    _warm(site, url)

    server.process.send_signal(signal.SIGSTOP)
    set_on_hand(variant.pk, 0, actor=None)

    assert site.get(url).json["in_stock"] is False
    assert _found(site.edge.copies, url) == [url]  # it is there, and not believed


def test_lost_connection_ends_all_copies_and_is_made_anew(copies, server):
    _keep(copies, LIST)
    _wait_for(copies)

    server.kill()
    server.start()

    assert copies.find(_asked()) is None
    assert _found(copies, LIST) == []
    assert copies.mark() is None  # not at once: it may be lost each time
    copies._resting_until = 0.0
    _keep(copies, LIST)
    _wait_for(copies)


def test_connection_that_has_gone_without_a_word_is_given_up(server, request):
    tracking = Tracking(client(), b"edge:v:", timeout_seconds=PATIENCE_SECONDS)
    request.addfinalizer(tracking.close)
    server.process.send_signal(signal.SIGSTOP)
    now = time.monotonic() + 1

    tracking.changed(now)
    tracking.changed(now + 4)
    with pytest.raises(RedisUnavailable, match="silent"):
        tracking.changed(now + 6)


def test_thread_that_comes_late_does_not_lose_the_news_of_another_ones_connection(copies):
    _keep(copies, LIST)
    _wait_for(copies)
    renew(CATALOGUE)

    copies._connect()

    assert copies.find(_asked()) is None
    assert _found(copies, LIST) == []


def test_process_that_nobody_asks_lets_go_of_redis(copies, monkeypatch):
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.0)
    _keep(copies, LIST)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while copies._tracking is not None:
        assert time.monotonic() < deadline
    assert _found(copies, LIST) == []


def test_process_that_is_asked_keeps_redis(copies):
    _keep(copies, LIST)
    tracking = copies._tracking

    copies._let_go_if_idle(tracking)

    assert copies._tracking is tracking
    assert _found(copies, LIST) == [LIST]


def test_full_redis_still_ends_what_is_stored_and_at_hand_and_gets_no_more(patient, site, store):
    variant = VariantFactory(stock=5)
    url = f"{LIST}/{variant.product.slug}"
    assert site.get(url).json["in_stock"] is True
    store.config_set("maxmemory", 1)

    set_on_hand(variant.pk, 4, actor=None)
    fewer = client().call(b"GET", product_version(variant.product.slug))
    set_on_hand(variant.pk, 0, actor=None)

    assert fewer is not None
    assert site.get(url).json["in_stock"] is False
    store.config_set("maxmemory", store.info("memory")["used_memory"] * 5 // 4)
    site.edge._resting_until = site.edge._room._looked_at = 0.0
    kept = store.keys("edge:a:*")
    assert site.get(f"{url}?fields=id").status == 200
    assert store.keys("edge:a:*") == kept


def test_emptied_redis_ends_all_copies(copies, store):
    _keep(copies, LIST)
    _wait_for(copies)

    store.flushdb()

    assert copies.find(_asked()) is None
    assert _found(copies, LIST) == []


def test_site_does_without_where_redis_may_not_track(patient, site, server, store):
    store.execute_command("ACL", "SETUSER", "plain", "on", ">pw", "~*", "&*", "+@all", "-client")
    plain = RedisBytes(server.url.replace("://", "://plain:pw@"), timeout_seconds=30)
    assert plain.call(b"PING") == b"PONG"
    copies = Copies(lambda: Tracking(plain, b"edge:v:", timeout_seconds=30))
    site.edge.copies = copies
    VariantFactory()

    replies = [site.get(LIST) for _ in range(3)]

    assert {reply.status for reply in replies} == {200}
    assert site.passed == [LIST]
    assert copies.mark() is None
    assert _found(copies, LIST) == []
    assert copies._resting_until > time.monotonic()


def test_news_that_comes_in_pieces_is_read_whole(patient):
    connected = Tracking(client(), b"edge:v:", timeout_seconds=30)
    connected.close()
    push = b">2\r\n$10\r\ninvalidate\r\n*2\r\n$8\r\nedge:v:a\r\n$8\r\nedge:v:b\r\n"

    names = [name for byte in push for name in connected._read(bytes([byte]))]

    assert names == [b"edge:v:a", b"edge:v:b"]
