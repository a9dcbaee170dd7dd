"""Views of products, counted whoever answers."""

import logging
import threading

import pytest

from catalog.models import ProductView
from catalog.search import analytics
from catalog.search.analytics import flush_counts
from catalog.tests.factories import ProductFactory, VariantFactory
from marketplace.common.testing import run_in_parallel
from marketplace.edge import tally
from marketplace.edge.tally import Tally

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/products"


@pytest.fixture(autouse=True)
def _reachable(monkeypatch):
    monkeypatch.setattr(analytics, "_closed_until", 0.0)


def views(site):
    site.edge.views.flush()
    flush_counts()
    return {str(row.product_id): row.views for row in ProductView.objects.all()}


def test_views_are_counted_where_the_store_answers(site):
    product = VariantFactory().product
    other = VariantFactory().product

    etag = site.get(f"{LIST}/{product.slug}").headers["ETag"]
    for url in (product.slug, product.slug, str(product.pk), str(product.pk).upper()):
        assert site.get(f"{LIST}/{url}").status == 200
    assert site.get(f"{LIST}/{product.slug}", if_none_match=etag).status == 304
    site.get(f"{LIST}/{other.slug}?fields=title")

    assert len(site.passed) == 4
    assert views(site) == {str(product.pk): 6, str(other.pk): 1}


def test_nothing_else_counts_as_a_view(site):
    product = VariantFactory().product
    hidden = ProductFactory(status="draft")
    VariantFactory(product__slug="suggest")

    site.get(f"{LIST}/{product.slug}", method="HEAD")
    for url in (
        "",
        "/suggest?q=a",
        *(f"/{product.slug}/{part}" for part in ("variants", "images", "related")),
    ):
        assert site.get(f"{LIST}{url}").status == 200
    assert site.get(f"{LIST}/{hidden.slug}").status == 404
    assert site.get(f"{LIST}/none").status == 404

    assert views(site) == {}


def test_counts_of_many_threads_add_up(site):
    product = VariantFactory().product
    site.get(f"{LIST}/{product.slug}")

    run_in_parallel(lambda: [site.get(f"{LIST}/{product.slug}").status for _ in range(25)], times=4)

    assert views(site) == {str(product.pk): 101}


def test_counts_are_handed_on_by_themselves():
    handed = threading.Event()
    taken = []

    def hand_on(counts):
        taken.append(counts)
        handed.set()

    counted = Tally(hand_on, pause_seconds=0.01)
    counted.add("a")

    assert handed.wait(60)
    assert taken == [{"a": 1}]


def test_more_names_than_the_bound_are_dropped(monkeypatch):
    monkeypatch.setattr(tally, "MAX_NAMES", 2)
    taken = []
    counted = Tally(taken.append, pause_seconds=60)

    for name in ("a", "b", "c", "a"):
        counted.add(name)
    counted.flush()
    counted.flush()

    assert taken == [{"a": 2, "b": 1}]


def test_without_redis_views_are_dropped_and_nobody_waits(site, settings, monkeypatch, caplog):
    product = VariantFactory().product
    site.get(f"{LIST}/{product.slug}")
    monkeypatch.setattr(analytics, "_client", None)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert site.get(f"{LIST}/{product.slug}").status == 200
    with caplog.at_level(logging.WARNING):
        site.edge.views.flush()

    assert "Redis is not available: searches and views are not counted" in caplog.text
