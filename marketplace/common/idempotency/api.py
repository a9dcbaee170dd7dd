"""`Idempotency-Key` for views that create orders, payments or refunds."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.common.api.renderers import JSONRenderer
from marketplace.common.idempotency.services import Answer, run_once

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Up to 255 characters: the same key gives the same answer for 24 hours.",
)


def respond_once(
    request: Request,
    *,
    route: str,
    work: Callable[[], UUID],
    render: Callable[[UUID], Any],
    status: int = 201,
) -> HttpResponse:
    """Answer a POST with `render(work())`, once per Idempotency-Key where the caller sent one."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return Response(render(work()), status=status)
    answer = run_once(
        user_id=UUID(str(request.user.pk)),
        route=route,
        key=key,
        request_data=request.data,
        work=work,
        answer=lambda resource_id: Answer(status, JSONRenderer().render(render(resource_id))),
    )
    response = Response(orjson.Fragment(answer.body), status=answer.status)
    if answer.is_replayed:
        response["Idempotent-Replayed"] = "true"
    return response
