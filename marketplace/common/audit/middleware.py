from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from marketplace.common.audit.context import current, end


class AuditMiddleware:
    """Ends with the request what its view began: a thread serves others next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            if current() is not None:
                end()
