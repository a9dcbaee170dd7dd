"""The REST API and the admin console, for granian or any other WSGI server."""

import gc
from importlib import import_module

import django
from django.conf import settings
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import reset_queries

from marketplace.environment import prepare

prepare()
from marketplace.monitoring.start import watch  # noqa: E402 - needs the settings

watch()
django.setup(set_prefix=False)

from catalog.search.analytics import count_views  # noqa: E402 - needs the settings
from marketplace.edge import Edge  # noqa: E402
from marketplace.site.handler import Handler  # noqa: E402

# Two of Django's that walk all caches and connections at each request for nothing: Redis is not
# let go of in between, and statements are kept under DEBUG alone.
request_finished.disconnect(close_caches)
if not settings.DEBUG:
    request_started.disconnect(reset_queries)

django_application = Handler()
application = Edge(django_application, count_views)

# The first request would load all views. What is loaded stays, and is no business of the garbage
# collector: to go through all of it stops every thread for a quarter of a second.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
