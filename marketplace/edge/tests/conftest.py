"""Requests through the layer, as granian would send them."""

import io
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
import redis
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application

from catalog.search.analytics import count_views
from marketplace.common import read_cache
from marketplace.edge import Edge, layer, tracking
from marketplace.edge.tracking import Tracking

PATIENCE_SECONDS = 60


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Site:
    """The layer with Django behind it; `passed` are the paths that reached Django."""

    passed: list[str] = field(default_factory=list)
    # Called with an answer's path when Django has made it and the layer does not have it yet.
    after_django: Callable[[str], None] = lambda path: None

    def __post_init__(self) -> None:
        self._django = get_wsgi_application()
        self.edge = Edge(self._application, count_views)
        self._lock = threading.Lock()

    def close(self) -> None:
        self.edge.copies.close()

    def _application(self, environ: Any, start_response: Any) -> Any:
        with self._lock:
            self.passed.append(environ["PATH_INFO"])
        chunks = self._django(environ, start_response)
        self.after_django(environ["PATH_INFO"])
        return chunks

    def get(self, url: str, *, method: str = "GET", **headers: str) -> Reply:
        path, _, query = url.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "testserver",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.version": (1, 0),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        caught: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc: Any = None) -> None:
            caught.append((int(status[:3]), dict(headers)))

        chunks = self.edge(environ, start_response)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        return Reply(*caught[-1], body)


def stored_keys(pattern: str = "edge:a:*") -> list[bytes]:
    store = redis.Redis.from_url(django_settings.CACHES["default"]["LOCATION"])
    return list(store.scan_iter(pattern))


@pytest.fixture
def make_site(settings: Any) -> Iterator[Callable[[], Site]]:
    settings.RATE_LIMIT_ENABLED = False
    with ExitStack() as sites:

        def make() -> Site:
            return sites.enter_context(closing(Site()))

        yield make


@pytest.fixture
def site(make_site: Callable[[], Site]) -> Site:
    return make_site()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let Redis take its time."""
    monkeypatch.setattr(tracking, "SILENT_SECONDS", 600.0)
    monkeypatch.setattr(layer, "TIMEOUT_SECONDS", 30.0)
    monkeypatch.setattr(read_cache, "TIMEOUT_SECONDS", 30.0)
    read_cache._client.cache_clear()
    yield
    read_cache._client.cache_clear()


@pytest.fixture
def patient(unhurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Redis, the machine and the test take their time.

    What Redis has said is waited for: a busy machine hands it out after Redis' answer to whoever
    has caused it, at times.
    """
    changed = Tracking.changed

    def all_changed(self: Tracking, now: float) -> list[bytes]:
        names = changed(self, now)
        while self._proven_at < now:
            assert select.select([self._wire.link], [], [], PATIENCE_SECONDS)[0]
            names += changed(self, now)
        return names

    monkeypatch.setattr(Tracking, "changed", all_changed)
    monkeypatch.setattr(tracking, "ASK_SECONDS", -1.0)
    monkeypatch.setattr(tracking, "SURE_SECONDS", 600.0)
