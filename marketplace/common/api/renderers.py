"""Response bodies."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder


class JSONRenderer(BaseRenderer):
    """JSON by orjson, in UTF-8."""

    media_type = "application/json"
    format = "json"
    charset = "utf-8"
    _fallback = JSONEncoder()

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        return orjson.dumps(
            data, default=self._fallback.default, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
        )


class ContentNegotiation(DefaultContentNegotiation):
    """Without a search where there is one way to answer, and the caller takes it."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        only = renderers[0]
        if len(renderers) > 1 or format_suffix or "format" in request.query_params:
            return super().select_renderer(request, renderers, format_suffix)
        if request.META.get("HTTP_ACCEPT", "*/*") not in {"*/*", only.media_type}:
            return super().select_renderer(request, renderers, format_suffix)
        return only, only.media_type
