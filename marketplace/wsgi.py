"""The REST API and the admin console, for granian or any other WSGI server."""

import django
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import reset_queries
from django.http import HttpRequest
from django.urls import ResolverMatch

from marketplace.environment import prepare

prepare()
from marketplace.monitoring.start import watch  # noqa: E402 - needs the settings

watch()
django.setup(set_prefix=False)

from catalog.search.analytics import count_views  # noqa: E402 - needs the settings
from marketplace.edge import Edge  # noqa: E402

# Two of Django's that walk all caches and connections at each request for nothing: Redis is not
# let go of in between, and statements are kept under DEBUG alone.
request_finished.disconnect(close_caches)
if not settings.DEBUG:
    request_started.disconnect(reset_queries)


class Handler(WSGIHandler):
    """Django's, which looks through all patterns for an address without variable parts just once.

    There are some hundred patterns, and the addresses asked for most have none.
    """

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


django_application = Handler()
application = Edge(django_application, count_views)
