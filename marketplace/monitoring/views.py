"""`/metrics`, which exists for nobody but Prometheus."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from marketplace.common.api.errors import not_found
from marketplace.monitoring.exposition import CONTENT_TYPE, exposition, is_allowed


@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    if not is_allowed(request.headers.get("Authorization", "")):
        return not_found(request, PermissionError())
    return HttpResponse(
        exposition(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"}
    )
