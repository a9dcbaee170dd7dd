"""What becomes of answers and of changes while Redis is away."""

import socket
import time

import pytest

from catalog.models import Product
from catalog.services import products
from catalog.tests.factories import VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/products"


@pytest.fixture(params=["refused", "silent"])
def no_redis(request, settings):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent":
            listener.listen(128)
        port = listener.getsockname()[1]
        default = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{port}/0"}
        settings.CACHES = {"default": default}
        yield


def test_without_redis_django_answers_and_redis_is_left_alone(site, no_redis):
    VariantFactory()

    started = time.monotonic()
    first = site.get(LIST)
    took = time.monotonic() - started
    rest = [site.get(LIST) for _ in range(5)]

    assert {reply.status for reply in [first, *rest]} == {200}
    assert {reply.body for reply in rest} == {first.body}
    assert took < 30
    assert len(site.passed) == 6
    assert site.edge._resting_until > time.monotonic()


def test_changes_go_through_without_redis(site, no_redis):
    product = VariantFactory().product

    started = time.monotonic()
    products.update_product(product.pk, actor=None, title="Trotzdem")

    assert time.monotonic() - started < 30
    assert site.get(f"{LIST}/{product.slug}").json["title"] == "Trotzdem"


def test_change_that_redis_missed_is_told_when_it_is_back(site, settings, monkeypatch):
    product = VariantFactory().product
    site.get(LIST)
    working = settings.CACHES
    settings.CACHES = {"default": {**working["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    monkeypatch.setattr("marketplace.common.read_cache.RETRY_SECONDS", 0.05)
    products.update_product(product.pk, actor=None, title="Später")

    settings.CACHES = working

    deadline = time.monotonic() + 60
    while "Später" not in site.get(LIST).body.decode() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert site.get(LIST).json["results"][0]["title"] == "Später"
    assert Product.objects.get().title == "Später"
