"""Routing: no trailing slash, path converters instead of regular expressions."""

from rest_framework.routers import SimpleRouter


class Router(SimpleRouter):
    """A router of the contract's paths; set `lookup_value_converter = "uuid"` on viewsets by id."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False, use_regex_path=False)
