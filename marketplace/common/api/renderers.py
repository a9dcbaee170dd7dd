"""Response bodies."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer
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
