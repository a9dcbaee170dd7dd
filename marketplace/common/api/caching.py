"""HTTP caching of what everybody may read."""

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
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


def keep_until(request: Request, *moments: datetime | None) -> None:
    """Have an answer read again at the first of these moments, when it will be another one."""
    if known := [moment.timestamp() for moment in moments if moment is not None]:
        request.META[PUBLIC_UNTIL] = min(known)


@method_decorator(conditional_page, name="dispatch")
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
        if settings.DATABASE_REPLICAS and request.method in {"GET", "HEAD"}:
            alias = choose_replica(request.META, is_stored=self.is_stored)
            if alias is not None:
                try:
                    with reading(alias):
                        return super().dispatch(request, *args, **kwargs)
                except ReplicaFailed:
                    pass  # the primary can tell
        return super().dispatch(request, *args, **kwargs)

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
            patch_cache_control(response, public=True, max_age=max_age)
        return response
