"""What is for pages alone does not see the API, and what follows it does."""

import pytest
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpResponse
from django.test import RequestFactory

from marketplace.site.middleware import _PagesOnly


class _Recording:
    seen: list[str] = []

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        self.seen.append(type(self).__name__)
        return self.get_response(request)


class First(_PagesOnly, _Recording):
    pass


class Second(_PagesOnly, _Recording):
    pass


class ForAll(_Recording):
    pass


class Third(_PagesOnly, _Recording):
    pass


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/api/v1/products", ["ForAll"]),
        ("/admin/", ["First", "Second", "ForAll", "Third"]),
        ("/api/v10", ["First", "Second", "ForAll", "Third"]),
    ],
)
def test_api_passes_all_that_is_for_pages(path, seen):
    _Recording.seen = []
    chain = convert_exception_to_response(lambda request: HttpResponse("answer"))
    for layer in (Third, ForAll, Second, First):
        chain = convert_exception_to_response(layer(chain))

    response = chain(RequestFactory().get(path))

    assert response.content == b"answer"
    assert _Recording.seen == seen
