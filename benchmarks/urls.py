"""The site plus yardsticks that the product does not have."""

import os

from django.urls import URLPattern, URLResolver, include, path

from benchmarks import yardsticks
from catalog.api.public.views import ProductListView
from marketplace.common.api import middleware
from marketplace.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("bench/noop", yardsticks.noop),
    path("bench/products", yardsticks.PlainList.as_view()),
    path("bench/products/search", yardsticks.PlainSearch.as_view()),
    path("bench/products/<uuid:pk>", yardsticks.PlainDetail.as_view()),
    path("", include("marketplace.urls")),
]

# Milliseconds by which the list is made slower: what shows that the harness notices.
slow_down = float(os.environ.get("BENCH_SLOW_DOWN_MS", 0))
if slow_down:
    slow_list = yardsticks.slowed(ProductListView.as_view(), slow_down)
    urlpatterns.insert(0, path("api/v1/products", slow_list))

# Neither counts of requests nor lines about them: what `monitoring.py` compares with.
if os.environ.get("BENCH_UNWATCHED"):
    vars(middleware)["_tell"] = lambda *_given: None
