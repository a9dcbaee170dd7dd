"""Calls that are to go: marked once, told in every answer and in the OpenAPI document."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.utils.http import http_date
from drf_spectacular.utils import extend_schema

F = TypeVar("F", bound=Callable[..., Any])

# What a client gets to move away; docs/api-policy.md promises it.
LEAST_DAYS: Final = 180
POLICY: Final = "/api/docs"


def deprecated(*, since: date, sunset: date, successor: str = "") -> Callable[[F], F]:
    """Mark a view's method or action: it goes at the beginning of `sunset`, in UTC.

    `successor` is the address of the call to use instead. Put it above `extend_schema`. Answers to
    callers who may not call at all say nothing of it.
    Source: RFC 9745 (Deprecation), RFC 8594 (Sunset).
    Raises: ValueError for a sunset that comes sooner than the policy allows.
    """
    if (sunset - since).days < LEAST_DAYS:
        raise ValueError(f"What is deprecated lives for {LEAST_DAYS} days at least")
    links = [f'<{POLICY}>; rel="deprecation"; type="text/html"']
    if successor:
        links.append(f'<{successor}>; rel="successor-version"')
    headers = {
        "Deprecation": f"@{_second(since)}",
        "Sunset": http_date(_second(sunset)),
        "Link": ", ".join(links),
    }

    def decorate(method: F) -> F:
        @wraps(method)
        def handler(self: Any, *args: Any, **kwargs: Any) -> Any:
            # What REST framework puts on the answer, also on that to an exception.
            self.headers = {**self.headers, **headers}
            return method(self, *args, **kwargs)

        return cast("F", extend_schema(deprecated=True)(handler))

    return decorate


def _second(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
