"""How Django takes requests here."""

from typing import Any, Final

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.urls import ResolverMatch
from django.utils.http import parse_header_parameters

MAX_CONTENT_TYPE: Final = 1_000


class Request(WSGIRequest):
    """Text is UTF-8, whatever charset a `Content-Type` names.

    Django would decode the query in it: one that is no text encoding ends in a 500, and the read
    cache knows queries by their bytes.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        text = meta.get("CONTENT_TYPE", "")
        try:
            if len(text) > MAX_CONTENT_TYPE:
                raise ValueError("too long")
            given = parse_header_parameters(text)
        except ValueError:
            # Parameters in a charset that there is not, say. Whatever reads them later has none.
            meta["CONTENT_TYPE"] = text[:MAX_CONTENT_TYPE].partition(";")[0]
            given = parse_header_parameters(meta["CONTENT_TYPE"])
        self.content_type, self.content_params = given


class Handler(WSGIHandler):
    """Django's, which looks through all patterns for an address without variable parts just once.

    There are some hundred patterns, and the addresses asked for most have none.
    """

    request_class = Request

    def __init__(self) -> None:
        self._found: dict[str, ResolverMatch] = {}
        super().__init__()

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        match = self._found.get(request.path_info)
        if match is None:
            match = super().resolve_request(request)
            if not match.kwargs and not match.args:
                self._found[request.path_info] = match
        request.resolver_match = match
        return match
