"""Health, the start page, and the pages that show the API's documentation."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace import __version__
from marketplace.common.api.errors import RETRY_AFTER_SECONDS
from marketplace.common.api.links import site_url
from marketplace.demo.accounts import ACCOUNTS, PASSWORD
from marketplace.monitoring.exposition import is_allowed
from marketplace.monitoring.state import look
from marketplace.site.health import Health, current_health
from marketplace.site.serializers import ApiRootSerializer, HealthSerializer, LiveSerializer

# Nothing from elsewhere, and no inline scripts. Swagger UI and ReDoc set styles from their scripts,
# draw their icons from data URLs, and ReDoc searches in a worker.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
RESOURCES = ("categories", "brands", "products", "shops")


def from_here_only(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Have the browser refuse whatever a page would load from another host."""

    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    return wrapped


@from_here_only
def start_page(request: HttpRequest) -> HttpResponse:
    """Say what this is and where everything lies."""
    return render(
        request,
        "site/start.html",
        {
            "version": __version__,
            "currency": settings.MARKETPLACE_CURRENCY,
            "live_url": settings.LIVE_URL,
            "accounts": ACCOUNTS if settings.DEMO else (),
            "password": PASSWORD,
        },
    )


class PublicView(APIView):
    """Open to everybody, and still there when Redis, which counts requests, is not."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()


class HealthView(PublicView):
    """What is up and what is down: 503 unless everything is up."""

    @extend_schema(
        operation_id="health",
        tags=["operations"],
        responses={200: HealthSerializer, 503: HealthSerializer},
    )
    def get(self, request: Request) -> Response:
        health = current_health()
        response = _health_answer(health, is_up=health.is_up)
        if is_allowed(request.headers.get("Authorization", "")):
            response.data["details"] = _details()
        return response


class ReadyView(PublicView):
    """Whether to send requests here: 503 without the database, or before it is migrated.

    Without Redis the site is slower but works, so taking it out of service would only do harm.
    """

    @extend_schema(
        operation_id="health_ready",
        tags=["operations"],
        responses={200: HealthSerializer, 503: HealthSerializer},
    )
    def get(self, request: Request) -> Response:
        health = current_health()
        return _health_answer(health, is_up=health.is_ready)


class LiveView(PublicView):
    """Whether the process runs: asks nobody else, so that a lost database restarts nothing."""

    @extend_schema(operation_id="health_live", tags=["operations"], responses=LiveSerializer)
    def get(self, request: Request) -> Response:
        return _never_stored(Response({"status": "ok", **_identity()}))


class ApiRootView(PublicView):
    """The public collections, and where the rest is documented."""

    @extend_schema(operation_id="api_root", tags=["operations"], responses=ApiRootSerializer)
    def get(self, request: Request) -> Response:
        return Response(
            {
                "version": __version__,
                "documentation": site_url("/api/docs"),
                "schema": site_url("/api/schema"),
                "resources": {name: site_url(f"/api/v1/{name}") for name in RESOURCES},
            }
        )


class FormatNegotiation(DefaultContentNegotiation):
    """Lets `?format=yaml` decide beside `Accept`, for links and for curl."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        wanted = request.query_params.get("format", format_suffix)
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, wanted)
        return chosen


class SchemaView(SpectacularAPIView):
    """The OpenAPI document: JSON, or YAML where it is asked for."""

    renderer_classes = [
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer2,
        OpenApiYamlRenderer,
    ]
    content_negotiation_class = FormatNegotiation


@method_decorator(from_here_only, name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI; its start script is an answer of its own, not inline."""


@method_decorator(from_here_only, name="dispatch")
class RedocView(SpectacularRedocView):
    """ReDoc, without the fonts that its stock page fetches."""

    template_name = "site/redoc.html"


def _health_answer(health: Health, *, is_up: bool) -> Response:
    response = Response(
        {
            "status": "ok" if is_up else "unavailable",
            **_identity(),
            "database": health.database,
            "redis": health.redis,
        },
        status=200 if is_up else 503,
    )
    if not is_up:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return _never_stored(response)


def _details() -> dict[str, Any]:
    """Tell the owner, who shows the token of `/metrics`, what else may be wrong."""
    state = look()
    return {
        "worker_seen_seconds": state.worker_seen_seconds,
        "outbox_lag_seconds": state.outbox_lag_seconds,
        "outbox_parked": state.outbox_parked,
        "queues": {name: queue.__dict__ for name, queue in state.queues.items()},
        "pending_migrations": state.pending_migrations,
        "disk_free": state.disk_free,
    }


def _identity() -> dict[str, Any]:
    return {"version": __version__, "timestamp": timezone.now()}


def _never_stored(response: Response) -> Response:
    response["Cache-Control"] = "no-store"
    return response
