"""Which requests may be answered from the store, and under which key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self
from urllib.parse import unquote_plus
from uuid import UUID

from django.conf import settings

from marketplace.common.read_cache import CATALOGUE, product_version

PREFIX: Final = "/api/v1/"
MAX_QUERY: Final = 512
_REF: Final = re.compile(r"[A-Za-z0-9_-]{1,300}", re.ASCII)
_COLLECTIONS: Final = {"products", "categories", "brands", "shops", "banners"}
# Unless its weight is zero, which is a refusal.
_GZIP: Final = re.compile(r"gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
# Each search is counted, so that it has to reach Django.
_SEARCH: Final = "search"
_SUGGESTIONS: Final = ["suggest"]
_PRODUCT_PARTS: Final = {"variants", "images", "related", "reviews", "questions"}


class Asked(NamedTuple):
    """All of a request that a stored answer depends on, as it came; None: it has no such part."""

    method: str
    path: str | None
    query: str | None
    accept: str | None
    encodings: str | None
    host: str | None
    scheme: str | None
    proto: str | None
    origin: str | None

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> Self:
        return tuple.__new__(cls, map(environ.get, _PARTS))


_PARTS: Final = (
    "REQUEST_METHOD",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_HOST",
    "wsgi.url_scheme",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_ORIGIN",
)


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """`versions` are the names of what the answer depends on."""

    key: bytes
    versions: tuple[bytes, ...]
    query: str
    is_gzip: bool
    # The id or slug of the product whose page this is.
    product: str = ""


def read_request(asked: Asked) -> PublicRequest | None:
    """Return what the store knows the request by; None for whatever is not surely public."""
    if asked.method not in {"GET", "HEAD"}:
        return None
    path, query, proto = asked.path or "", asked.query or "", asked.proto or ""
    versions = _versions(path)
    if versions is None:
        return None
    accept = "*/*" if asked.accept is None else asked.accept
    if not asked.host or proto not in {"", "http", "https"}:
        return None
    if len(query) > MAX_QUERY or ("*/*" not in accept and "application/json" not in accept):
        return None
    query = _sorted(query)
    is_gzip = _GZIP.search(asked.encodings or "") is not None
    parts = (
        asked.scheme or "",
        proto,
        asked.host,
        asked.origin if asked.origin in settings.CORS_ALLOWED_ORIGINS else "",
        "gzip" if is_gzip else "plain",
        path,
        query,
    )
    # None of them can hold a line break: they are header values, or parts of the request line.
    key = "edge:a:" + "\n".join(part or "" for part in parts)
    return PublicRequest(
        key.encode("utf-8", "surrogateescape"),
        versions,
        query,
        is_gzip,
        product=_product(path) if len(versions) > 1 else "",
    )


def _versions(path: str) -> tuple[bytes, ...] | None:
    if not path.startswith(PREFIX):
        return None
    collection, *rest = path[len(PREFIX) :].split("/")
    if collection not in _COLLECTIONS or len(rest) > 2:
        return None
    if not rest or (collection == "products" and rest == _SUGGESTIONS):
        return (CATALOGUE,)
    ref = rest[0]
    if _REF.fullmatch(ref) is None or ref == _SEARCH:
        return None
    if collection != "products":
        return (CATALOGUE,) if len(rest) == 1 else None
    if len(rest) == 2 and rest[1] not in _PRODUCT_PARTS:
        return None
    return CATALOGUE, product_version(_plain(ref))


def _product(path: str) -> str:
    ref = path.removeprefix(f"{PREFIX}products/")
    return "" if "/" in ref else _plain(ref)


def _plain(ref: str) -> str:
    """Write an id, wherever its hyphens are, in the one way that versions are named by."""
    try:
        return str(UUID(ref))
    except ValueError:
        return ref


def _sorted(query: str) -> str:
    """Order parameters by name; those of one name stay in order, as the last of them counts."""
    if "&" not in query:
        return query
    return "&".join(sorted(query.split("&"), key=lambda pair: unquote_plus(pair.split("=", 1)[0])))
