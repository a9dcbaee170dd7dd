"""Request bodies."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 32


class StrictJSONParser(BaseParser):
    """JSON by orjson, which refuses NaN and lone surrogates; NUL and deep nesting are refused here.

    Stock DRF answers 500 to 100,000 nested brackets and to NUL in a JSON column.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            # `stream` is the HttpRequest: `.body` enforces DATA_UPLOAD_MAX_MEMORY_SIZE.
            body = stream.body if hasattr(stream, "body") else stream.read()
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"Malformed JSON: {error}") from error
        _check(data)
        return data


def _check(data: Any) -> None:
    """Walk without recursion: depth is the client's to choose."""
    stack: list[tuple[Any, int]] = [(data, 1)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, str):
            if "\x00" in value:
                raise ParseError("NUL characters are not allowed.")
            continue
        if not isinstance(value, dict | list):
            continue
        if depth > MAX_DEPTH:
            raise ParseError(f"JSON may be nested at most {MAX_DEPTH} levels deep.")
        if isinstance(value, dict):
            stack.extend((key, depth + 1) for key in value)
            stack.extend((item, depth + 1) for item in value.values())
        else:
            stack.extend((item, depth + 1) for item in value)
