"""The site plus yardsticks that the product does not have."""

from django.urls import URLPattern, URLResolver, include, path

from benchmarks import yardsticks

urlpatterns: list[URLPattern | URLResolver] = [
    path("bench/noop", yardsticks.noop),
    path("bench/products", yardsticks.PlainList.as_view()),
    path("bench/products/<uuid:pk>", yardsticks.PlainDetail.as_view()),
    path("", include("marketplace.urls")),
]
