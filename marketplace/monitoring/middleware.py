"""Prometheus asks from inside: a process by its own address, and without TLS."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from marketplace.monitoring.exposition import is_allowed
from marketplace.monitoring.views import metrics_page


class MetricsMiddleware:
    """Answer who has the token before ALLOWED_HOSTS and the redirect to https are looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/metrics" and is_allowed(request.headers.get("Authorization", "")):
            return metrics_page(request)
        return self.get_response(request)
