"""HTTP caching of what everybody may read."""

import hashlib
import time
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.http import ConditionalGetMiddleware
from django.template.response import SimpleTemplateResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from marketplace.common.replicas import ReplicaFailed, choose_replica, is_failure, reading

# A suspended shop's goods must be gone from every copy within this time.
PUBLIC_MAX_AGE_SECONDS = 5
# In the environ of a request whose answer is the same for everybody.
PUBLIC_MARK = "marketplace.public"
# Beside it, where the answer is another one later though nothing changes: the Unix time of that.
PUBLIC_UNTIL = "marketplace.public_until"
_CONDITIONS: Final = (
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
)


def keep_until(request: Request, *moments: datetime | None) -> None:
    """Have an answer read again at the first of these moments, when it will be another one."""
    if known := [moment.timestamp() for moment in moments if moment is not None]:
        request.META[PUBLIC_UNTIL] = min(known)


# The decorator of views, `conditional_page`, makes one anew for each request.
_conditional_get = ConditionalGetMiddleware(lambda request: HttpResponse())


def _conditional(request: HttpRequest, response: Any) -> Any:
    """Return the answer with its `ETag`, or 304 where the caller has it."""
    if request.method == "GET" and response.status_code == 200:
        response.headers["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        if not any(name in request.META for name in _CONDITIONS):
            return response
    return _conditional_get.process_response(request, response)


class PublicReadMixin(APIView):
    """Answers that are the same for every caller: `ETag`, `Cache-Control`, and 304 when unchanged.

    Callers are not identified, so no answer can depend on who asks.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    # Whether `marketplace.edge` has read the versions of what the answer depends on; otherwise it
    # depends on the catalogue alone.
    is_stored = True

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = self._read(request, *args, **kwargs)
        if not isinstance(response, SimpleTemplateResponse):
            return _conditional(request, response)
        response.add_post_render_callback(partial(_conditional, request))
        return response

    def _read(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if settings.DATABASE_REPLICAS and request.method in {"GET", "HEAD"}:
            alias = choose_replica(request.META, is_stored=self.is_stored)
            if alias is not None:
                try:
                    with reading(alias):
                        return super().dispatch(request, *args, **kwargs)
                except ReplicaFailed:
                    pass  # the primary can tell
        return super().dispatch(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Find nobody out, as nobody can be."""

    def handle_exception(self, exc: Exception) -> Any:
        if is_failure(exc):
            raise ReplicaFailed from exc
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code == 200:
            # `marketplace.edge` may store it.
            request.META[PUBLIC_MARK] = True
            max_age = PUBLIC_MAX_AGE_SECONDS
            if until := request.META.get(PUBLIC_UNTIL):
                max_age = max(0, min(max_age, int(until - time.time())))
            response.headers["Cache-Control"] = f"public, max-age={max_age}"
        return response
