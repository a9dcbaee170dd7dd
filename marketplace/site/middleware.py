"""Who reaches the console, and Django's middleware of pages: passed by the API, without cookies."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

from marketplace.common.api.errors import error_response
from marketplace.common.api.network import client_ip, is_within

API_PREFIX = "/api/v1/"
CONSOLE_PREFIXES = ("/admin", "/api/v1/admin")


class ConsoleNetworksMiddleware:
    """Have the console and its API exist in CONSOLE_NETWORKS alone, if there are any."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            settings.CONSOLE_NETWORKS
            and request.path_info.startswith(CONSOLE_PREFIXES)
            and not is_within(client_ip(request), tuple(settings.CONSOLE_NETWORKS))
        ):
            return error_response(404, "not_found", "There is nothing at this address.")
        return self.get_response(request)


class _PagesOnly:
    """Lets the API pass, and with it all of this kind that follow one another, in one step."""

    get_response: Any
    pass_api: Callable[[HttpRequest], HttpResponseBase]

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)  # type: ignore[call-arg]
        # Django's wrapper of each middleware refers to it.
        inner = getattr(get_response, "__wrapped__", None)
        self.pass_api = inner.pass_api if isinstance(inner, _PagesOnly) else get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API_PREFIX):
            return self.pass_api(request)
        return super().__call__(request)  # type: ignore[misc,no-any-return]


class StaticFilesMiddleware(_PagesOnly, WhiteNoiseMiddleware):  # type: ignore[misc]
    pass


class SessionMiddleware(_PagesOnly, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(_PagesOnly, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(_PagesOnly, messages.MessageMiddleware):
    pass
