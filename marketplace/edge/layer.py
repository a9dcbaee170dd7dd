"""Looking up, making once, storing and sending."""

import gzip
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from marketplace.common.api.caching import PUBLIC_MARK, PUBLIC_UNTIL
from marketplace.common.ids import request_id
from marketplace.common.metrics import EDGE_ANSWERS
from marketplace.common.read_cache import (
    CLOSED,
    KEPT_SECONDS,
    TIMEOUT_SECONDS,
    VERSIONS_PREFIX,
    client,
)
from marketplace.common.redis_bytes import RedisUnavailable
from marketplace.common.replicas import VERSIONS
from marketplace.edge.answers import FRESH_SECONDS, Answer
from marketplace.edge.copies import Copies, Copy
from marketplace.edge.requests import Asked, PublicRequest, read_request
from marketplace.edge.room import Room
from marketplace.edge.tally import Tally
from marketplace.edge.tracking import Tracking

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# After Redis has failed, it is not asked for this long.
REST_SECONDS: Final = 5.0
WAIT_SECONDS: Final = 2.0
SLOTS: Final = 8
POLL_SECONDS: Final = 0.01
LOCK_MILLISECONDS: Final = b"3000"
TRIES: Final = 3
MAX_BODY: Final = 512 * 1024
MIN_GZIP: Final = 500
# The maker of a stored answer sees nothing of who asks.
_PERSONAL: Final = (
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
    "HTTP_X_API_KEY",
    "HTTP_X_CART_TOKEN",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
)
_OWN: Final = {"x-request-id", "content-length", "date", "set-cookie", "connection"}
_OF_BODY: Final = {"content-type", "content-encoding", "content-length"}


@dataclass(slots=True)
class Lookup:
    """The versions as they stand, and the stored answer if it was made under them."""

    versions: list[str]
    answer: Answer | None
    # A change is being committed: a stored answer may be wrong by now, and so may one made now.
    is_closed: bool = False

    @property
    def is_fresh(self) -> bool:
        return self.answer is not None and self.answer.is_fresh


class _Flight:
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.is_stored = False


class Edge:
    """WSGI middleware around Django.

    `count_views` takes how often each product, by id or slug, was shown by any answer.
    """

    def __init__(
        self, application: Application, count_views: Callable[[Mapping[str, int]], None]
    ) -> None:
        self.application = application
        self.views = Tally(count_views)
        self.copies = Copies(_track)
        self._lock = threading.Lock()
        self._flights: dict[tuple[bytes, ...], _Flight] = {}
        self._resting_until = 0.0
        self._room = Room(client)
        # Waiting for a slot is not waiting for Redis: hundreds of threads at once would take each
        # other's 50 ms and find Redis slow.
        self._slots = threading.BoundedSemaphore(SLOTS)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = Asked.of(environ)
        copy = self.copies.find(asked)
        request = read_request(asked) if copy is None else copy.request
        if request is not None and request.product and asked.method == "GET":
            start_response = self._counting(start_response, request.product)
        if request is None or (copy is None and time.monotonic() < self._resting_until):
            return self.application(environ, start_response)
        # Made here, so that Django's log lines carry what the answer says.
        environ["HTTP_X_REQUEST_ID"] = request_id(environ.get("HTTP_X_REQUEST_ID", ""))
        if copy is not None:
            return _send(copy.answer, environ, start_response, "copy")
        mark = self.copies.mark()
        try:
            answer = self._find(request, environ)
        except RedisUnavailable:
            answer = None
        if isinstance(answer, Answer):
            if answer.is_fresh:
                self.copies.keep(asked, Copy(request, answer), mark)
            return _send(answer, environ, start_response, "hit")
        EDGE_ANSWERS.add("passed")
        if answer is not None:
            status, headers, body = answer
            start_response(status, headers)
            return [b"" if asked.method == "HEAD" else body]
        return self.application(environ, start_response)

    def _counting(self, start_response: StartResponse, product: str) -> StartResponse:
        def start(status: str, *rest: Any) -> Any:
            if status.startswith(("200 ", "304 ")):
                self.views.add(product)
            return start_response(status, *rest)

        return start

    def _find(
        self, request: PublicRequest, environ: Environ
    ) -> "Answer | tuple[str, list[tuple[str, str]], bytes] | None":
        """Return a stored answer or one that has just been made; None: let Django answer.

        Raises: RedisUnavailable.
        """
        for _ in range(TRIES):
            found = self._look_up(request)
            if found.is_closed:
                return None
            if found.is_fresh:
                return found.answer
            name = (request.key, *(version.encode() for version in found.versions))
            with self._lock:
                flight = self._flights.get(name)
                is_maker = flight is None
                if flight is None:
                    flight = self._flights[name] = _Flight()
            if is_maker:
                try:
                    return self._make(request, environ, found, flight)
                finally:
                    with self._lock:
                        del self._flights[name]
                    flight.landed.set()
            if found.answer is not None:
                return found.answer
            if not flight.landed.wait(WAIT_SECONDS) or not flight.is_stored:
                return None
        return None

    def _look_up(self, request: PublicRequest) -> Lookup:
        with self._slots:
            if time.monotonic() < self._resting_until:
                raise RedisUnavailable("resting")
            try:
                reply = client().call(b"MGET", *request.versions, CLOSED, request.key)
            except RedisUnavailable:
                self._rest()
                raise
        if not isinstance(reply, list):
            raise RedisUnavailable("not a list")
        *current, closed, data = reply
        if closed is not None:
            return Lookup([], None, is_closed=True)
        versions = [value.decode() if isinstance(value, bytes) else "" for value in current]
        if not isinstance(data, bytes):
            return Lookup(versions, None)
        answer = Answer.unpack(data)
        return Lookup(versions, answer if answer.versions == versions else None)

    def _make(
        self, request: PublicRequest, environ: Environ, found: Lookup, flight: _Flight
    ) -> "Answer | tuple[str, list[tuple[str, str]], bytes] | None":
        """Let Django answer, once among all processes, and store what it says is public."""
        redis = client()
        lock = b"edge:l:" + b"\n".join([*(v.encode() for v in found.versions), request.key])
        try:
            is_ours = redis.call(b"SET", lock, b"1", b"NX", b"PX", LOCK_MILLISECONDS) is not None
        except RedisUnavailable:
            self._rest()
            raise
        if not is_ours:
            if found.answer is not None:
                return found.answer
            if (answer := self._await_other(request, lock)) is not None:
                flight.is_stored = True
                return answer
        inner = {name: value for name, value in environ.items() if name not in _PERSONAL}
        inner |= {"REQUEST_METHOD": "GET", "QUERY_STRING": request.query}
        if inner.get("HTTP_ORIGIN") not in settings.CORS_ALLOWED_ORIGINS:
            # The key has none then, and Django would allow other spellings of those that it has.
            inner.pop("HTTP_ORIGIN", None)
        inner[VERSIONS] = found.versions
        status, headers, body = _run(self.application, inner)
        lifetime = _lifetime(inner)
        answer = _storable(request, found, inner, status, headers, body)
        if answer is None or lifetime <= 0 or not self._room.is_left():
            self._tell(b"DEL", lock)  # or the next would wait for what never comes
            return status, headers, body
        EDGE_ANSWERS.add("made")
        kept = str(lifetime).encode()
        flight.is_stored = self._tell(b"SET", request.key, answer.pack(), b"PX", kept)
        if flight.is_stored:
            self._tell(b"DEL", lock)
        return answer

    def _tell(self, *command: bytes) -> bool:
        """Send a command, and say whether Redis took it."""
        try:
            client().call(*command)
        except RedisUnavailable:
            self._rest()
            return False
        return True

    def _rest(self) -> None:
        self._resting_until = time.monotonic() + REST_SECONDS

    def _await_other(self, request: PublicRequest, lock: bytes) -> Answer | None:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            is_made = client().call(b"EXISTS", lock) == 0
            found = self._look_up(request)
            if found.answer is not None:
                return found.answer
            if is_made:
                return None
        return None


def _track() -> Tracking:
    return Tracking(client(), VERSIONS_PREFIX, timeout_seconds=TIMEOUT_SECONDS)


def _lifetime(environ: Environ) -> int:
    """Return for how many milliseconds an answer that was made now can be read."""
    kept = KEPT_SECONDS * 1000
    until = environ.get(PUBLIC_UNTIL)
    return kept if until is None else min(kept, int((until - time.time()) * 1000))


def _run(application: Application, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
    caught: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        caught.append((status, headers))

    chunks = application(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = caught[-1]
    return status, list(headers), body


def _storable(
    request: PublicRequest,
    found: Lookup,
    environ: Environ,
    status: str,
    headers: list[tuple[str, str]],
    body: bytes,
) -> Answer | None:
    """Return what to store: only what the view has marked, and nothing that names a person."""
    values = {name.lower(): value for name, value in headers}
    vary = {part.strip().lower() for part in values.get("vary", "").split(",")}
    if (
        not status.startswith("200 ")
        or environ.get(PUBLIC_MARK) is not True
        or "set-cookie" in values
        or "etag" not in values
        or "content-encoding" in values
        or vary & {"cookie", "authorization", "*"}
        or len(body) > MAX_BODY
    ):
        return None
    etag = values["etag"]
    kept = [(name, value) for name, value in headers if name.lower() not in _OWN | {"vary"}]
    kept.append(("Vary", ", ".join(sorted({*vary, "accept-encoding"} - {""}))))
    if request.is_gzip and len(body) >= MIN_GZIP:
        body = gzip.compress(body, 6, mtime=0)
        # The bytes differ from the plain ones, so a strong tag must not be the same.
        weak = etag if etag.startswith("W/") else f"W/{etag}"
        kept = [(name, weak if name.lower() == "etag" else value) for name, value in kept]
        kept.append(("Content-Encoding", "gzip"))
        etag = weak
    fresh_until = time.time() + min(FRESH_SECONDS, _lifetime(environ) / 1000)
    return Answer(found.versions, fresh_until, etag, kept, body)


def _send(
    answer: Answer, environ: Environ, start_response: StartResponse, outcome: str
) -> Iterable[bytes]:
    own = ("X-Request-ID", environ["HTTP_X_REQUEST_ID"])
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    if wanted is not None and _matches(wanted, answer.etag):
        EDGE_ANSWERS.add("not_modified")
        kept = [pair for pair in answer.headers if pair[0].lower() not in _OF_BODY]
        start_response("304 Not Modified", [*kept, own])
        return [b""]
    EDGE_ANSWERS.add(outcome)
    length = ("Content-Length", str(len(answer.body)))
    start_response("200 OK", [*answer.headers, length, own])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


def _matches(wanted: str, etag: str) -> bool:
    plain = etag.removeprefix("W/")
    return any(
        part.strip() == "*" or part.strip().removeprefix("W/") == plain
        for part in wanted.split(",")
    )
