"""The API as it is routed: what a test of every address walks over, so that none is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.views import APIView

PREFIX = "/api/v1"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one address; `schema` is what the OpenAPI document says of it."""

    method: str
    template: str
    view: type[APIView]
    schema: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.template}"

    @property
    def speaks_for_provider(self) -> bool:
        """A provider or carrier reports here in its own words; none is set up in tests.

        The tests of payments and fulfilment forge and repeat such messages.
        """
        return self.template.startswith((f"{PREFIX}/webhooks/", f"{PREFIX}/payments/return/"))

    @property
    def shape(self) -> str:
        """The template without the names of what stands in its braces."""
        return _anonymous(self.template)

    @property
    def content_types(self) -> list[str]:
        return list(self.schema.get("requestBody", {}).get("content", {}))

    @property
    def body_schema(self) -> dict[str, Any]:
        content = self.schema.get("requestBody", {}).get("content", {})
        return resolved(next(iter(content.values()))["schema"]) if content else {}

    @property
    def query_parameters(self) -> dict[str, dict[str, Any]]:
        return {
            row["name"]: row["schema"]
            for row in self.schema.get("parameters", [])
            if row["in"] == "query"
        }


@cache
def operations() -> list[Operation]:
    """Return every operation that the URLconf routes below `/api/v1`.

    Raises: KeyError for one that the OpenAPI document does not describe.
    """
    documented = {_anonymous(path): methods for path, methods in document()["paths"].items()}
    return [
        Operation(method, template, view, documented[_anonymous(template)][method])
        for template, view, methods in _routes()
        for method in methods
    ]


@cache
def addresses() -> dict[str, set[str]]:
    """Return the methods of every address below `/api/v1`."""
    found: dict[str, set[str]] = {}
    for template, _view, methods in _routes():
        found.setdefault(template, set()).update(methods)
    return found


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document as it is served."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a `$ref` of the document, also where `allOf` wraps it."""
    if "allOf" in schema:
        schema = schema["allOf"][0]
    if "$ref" in schema:
        return resolved(document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    return schema


def _routes() -> Iterator[tuple[str, type[APIView], list[str]]]:
    for template, callback in _walk("/", get_resolver().url_patterns):
        if not template.startswith(f"{PREFIX}/"):
            continue
        view = callback.cls
        actions = getattr(callback, "actions", None)
        methods = [m for m in METHODS if (m in actions if actions else hasattr(view, m))]
        yield template, view, methods


def _walk(prefix: str, patterns: list[Any]) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(route, pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield _template(route), pattern.callback


def _template(route: str) -> str:
    """`/orders/<slug:key>` becomes `/orders/{key}`."""
    parts = [
        "{" + part[1:-1].rpartition(":")[2] + "}" if part.startswith("<") else part
        for part in route.split("/")
    ]
    return "/".join(parts)


def _anonymous(template: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in template.split("/"))
