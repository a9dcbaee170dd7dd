"""Middleware of every request: its id and its log line, headers, and input nothing could digest."""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from corsheaders import middleware as cors
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from marketplace.common import logs, metrics
from marketplace.common.api.errors import error_response
from marketplace.common.ids import request_id
from marketplace.common.media import media_origin

logger = logging.getLogger("marketplace.requests")

type_get_response = Callable[[HttpRequest], HttpResponse]

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Images come in multipart bodies of up to ten files; everything else is bounded far lower.
MAX_BODY_BYTES = 110 * 1024 * 1024
MAX_QUERY_BYTES = 16 * 1024
UNUSED_DEVICES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
# Scripts and styles of pages are all files: nothing inline runs, so nothing needs a nonce.
PAGE_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src {images}",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


class RequestIdMiddleware:
    """Echo `X-Request-ID` where it is harmless, make one otherwise; log lines carry it too."""

    def __init__(self, get_response: type_get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Never reset: Django logs refusals after the last middleware, and the next request of this
        # thread brings its own.
        own = request_id(request.META.get("HTTP_X_REQUEST_ID", ""))
        logs.request_id.set(own)
        logs.request.set(request)
        statements, database_seconds = logs.database_work()
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        response["X-Request-ID"] = own
        now = logs.database_work()
        _tell(
            *(request, response.status_code, seconds),
            *(now[0] - statements, now[1] - database_seconds),
        )
        return response


def _tell(
    request: HttpRequest, status: int, seconds: float, statements: int, database_seconds: float
) -> None:
    """Count the request and write its line."""
    route = logs.route_of(request)
    method = request.method if request.method in METHODS else "OTHER"
    metrics.REQUESTS.add(route, method, str(status))
    metrics.REQUEST_SECONDS.observe(seconds, route, method)
    if statements:
        metrics.STATEMENTS.add(route, amount=statements)
        metrics.DATABASE_SECONDS.add(route, amount=database_seconds)
    if logger.isEnabledFor(logging.INFO):
        fields = {
            "request_id": logs.request_id.get(),
            "user_id": logs.user_id_of(request),
            "route": route,
            "method": method,
            "status": status,
            "duration_ms": round(seconds * 1000, 2),
            "queries": statements,
            "database_ms": round(database_seconds * 1000, 2),
        }
        logger.info(
            "%s %s %d in %.1f ms, %d statements in %.1f ms",
            *(method, route, status, seconds * 1000, statements, database_seconds * 1000),
            extra={"fields": fields},
        )


class SafeHeadersMiddleware:
    """Say what every answer needs that does not say otherwise.

    Answers of the API are for the caller alone, in no cache, unless a view made them public: a
    guest's cart and an API key are not known to caches as `Authorization` is. Pages load and send
    nothing but what is ours, so that text which got into one unescaped can do little.
    """

    def __init__(self, get_response: type_get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/api/v1"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", _page_policy())
            response.headers.setdefault("Permissions-Policy", UNUSED_DEVICES)
        return response


def _page_policy() -> str:
    """Return the policy of pages: pictures come from here, or from where the storage has them."""
    images = ["'self'", "data:", media_origin()]
    return PAGE_POLICY.format(images=" ".join(filter(None, images)))


class CorsMiddleware(cors.CorsMiddleware):
    """Spares requests without an origin the search for it, for which Django renames all headers."""

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_ORIGIN" in request.META or request.method == "OPTIONS":
            return super().__call__(request)
        response: Any = self.get_response(request)
        if self.is_enabled(request):
            patch_vary_headers(response, ("origin",))
        return response


class CleanInputMiddleware:
    """Refuse NUL and broken UTF-8 in the path or query, and bodies beyond any use.

    PostgreSQL cannot store either, and a hand-written filter would turn them into a 500.
    """

    def __init__(self, get_response: type_get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._refusal(request) or self.get_response(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        query = request.META.get("QUERY_STRING", "")
        if len(query) > MAX_QUERY_BYTES:
            return error_response(400, "validation_error", "The query string is too long.")
        if "\x00" in request.path or "\x00" in query or "%00" in query:
            return error_response(400, "validation_error", "NUL characters are not allowed.")
        if any(_is_broken(value) for values in request.GET.lists() for value in values[1]):
            return error_response(400, "validation_error", "The query string is not valid UTF-8.")
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return error_response(400, "parse_error", "Content-Length is not a number.")
        if length > MAX_BODY_BYTES:
            return error_response(413, "payload_too_large", "The body is too large.")
        return None


def _is_broken(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)
