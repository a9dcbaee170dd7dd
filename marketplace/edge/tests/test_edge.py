"""The store of public answers: what it keeps and for whom, and who makes them."""

import gzip
import threading
import time

import pytest
from django.db import connections

from accounts.tests.factories import UserFactory
from catalog.tests.factories import BrandFactory, VariantFactory
from marketplace.common.read_cache import CATALOGUE, renew
from marketplace.common.testing import run_in_parallel
from marketplace.edge import layer
from marketplace.edge.requests import Asked, read_request
from marketplace.edge.tests.conftest import stored_keys
from marketplace.tests.world import bearer, make_world
from orders.tests.factories import place

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/products"


def public_urls() -> list[str]:
    variant = VariantFactory(product__brand=BrandFactory())
    product = variant.product
    return [
        LIST,
        f"{LIST}?limit=1&ordering=price",
        *(f"{LIST}/{ref}" for ref in (product.pk, product.slug)),
        *(f"{LIST}/{product.slug}/{part}" for part in ("variants", "images", "related")),
        f"{LIST}/suggest?q=a",
        "/api/v1/banners",
        "/api/v1/categories",
        f"/api/v1/categories/{product.category.slug}",
        "/api/v1/brands",
        f"/api/v1/brands/{product.brand.slug}",
        "/api/v1/shops",
        f"/api/v1/shops/{product.shop.slug}",
    ]


def test_every_stored_answer_is_the_same_for_two_users_and_a_guest(patient, site):
    make_world()
    callers = [
        {},
        *(
            {"authorization": bearer(user)["Authorization"], "cookie": f"sessionid={user.pk}"}
            for user in (UserFactory(full_name="Nguyễn Bí Mật"), UserFactory())
        ),
        {"x_cart_token": "a-guests-secret", "x_api_key": "mk_secret"},
    ]

    for url in public_urls():
        for first in callers:  # whoever comes first, nobody else sees a trace of them
            renew(CATALOGUE)
            made = site.get(url, **first)
            replies = [site.get(url, **caller) for caller in callers]
            assert made.status == 200
            assert {reply.body for reply in replies} == {made.body}
            assert all("set-cookie" not in map(str.lower, r.headers) for r in [made, *replies])
            for secret in ("Bí Mật", "a-guests-secret", "mk_secret", "sessionid"):
                assert secret not in made.body.decode() + repr(made.headers)
        assert len([path for path in site.passed if path == url.split("?")[0]]) >= len(callers)
    for key in stored_keys():
        assert b"secret" not in key


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/profile",
        "/api/v1/cart",
        "/api/v1/orders",
        "/api/v1/seller/products",
        "/api/v1/products/search?q=a",
        "/api/v1/products/none",
        "/api/v1/products?limit=0",
        "/api/v1/stores?near=10,10",
        "/health",
        "/",
    ],
)
def test_other_answers_are_never_stored(site, url):
    caller = {"authorization": bearer(UserFactory())["Authorization"]}

    site.get(url, **caller)
    site.get(url, **caller)

    assert stored_keys() == []
    assert stored_keys("edge:l:*") == []  # for which the second would have waited
    assert len(site.passed) == 2


def test_other_processes_do_not_wait_for_what_was_not_stored(site, make_site, monkeypatch):
    monkeypatch.setattr(layer, "WAIT_SECONDS", 60.0)
    other, path = make_site(), f"{LIST}/none"
    made, waiting, wait_for = threading.Event(), threading.Event(), other.edge._await_other

    def hold(passed):
        made.set()
        waiting.wait(30)

    def follow(*given):
        waiting.set()
        return wait_for(*given)

    site.after_django = hold
    monkeypatch.setattr(other.edge, "_await_other", follow)
    calls = [lambda: site.get(path), lambda: (made.wait(30), other.get(path))[1]]
    started = time.monotonic()

    replies = run_in_parallel(lambda call: call(), arguments=calls)

    assert [reply.status for reply in replies] == [404, 404]
    assert waiting.is_set()
    assert time.monotonic() - started < 30


def test_stored_answer_does_not_reach_django(site):
    VariantFactory()

    first, second = site.get(LIST), site.get(LIST)

    assert (first.status, first.body) == (second.status, second.body)
    assert site.passed == [LIST]
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert {**first.headers, "X-Request-ID": ""} == {**second.headers, "X-Request-ID": ""}
    assert set(first.headers["Cache-Control"].split(", ")) == {"max-age=5", "public"}
    assert site.get(LIST, x_request_id="mine").headers["X-Request-ID"] == "mine"


def test_unchanged_answer_is_304(site):
    VariantFactory()
    for encoding in ("identity", "gzip"):
        etag = site.get(LIST, accept_encoding=encoding).headers["ETag"]

        same = site.get(LIST, accept_encoding=encoding, if_none_match=f'"x", {etag}')
        other = site.get(LIST, accept_encoding=encoding, if_none_match='"x"')

        assert (same.status, same.body, same.headers["ETag"]) == (304, b"", etag)
        assert "Content-Type" not in same.headers
        assert (other.status, other.headers["ETag"]) == (200, etag)


def test_answers_are_compressed_once_for_those_who_take_it(site):
    for _ in range(3):
        VariantFactory()
    plain = site.get(LIST)

    packed = [site.get(LIST, accept_encoding="gzip, br") for _ in range(2)]

    assert gzip.decompress(packed[0].body) == plain.body
    assert packed[0].body == packed[1].body
    assert packed[0].headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "accept-encoding" in plain.headers["Vary"]
    assert int(packed[0].headers["Content-Length"]) == len(packed[0].body)
    refused = site.get(LIST, accept_encoding="br, gzip;q=0")
    assert refused.body == plain.body
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize("warm", [True, False])
def test_head_has_the_headers_alone(site, warm):
    VariantFactory()
    if warm:
        site.get(LIST)

    head = site.get(LIST, method="HEAD")

    got = site.get(LIST)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
    assert head.headers["ETag"] == got.headers["ETag"]
    assert site.passed == [LIST]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("limit=2&ordering=price", "ordering=price&limit=2", True),
        ("ordering=price&ordering=-price", "ordering=-price&ordering=price", False),
        ("%6frdering=price&ordering=-price", "ordering=-price&%6frdering=price", False),
        ("limit=2", "limit=3", False),
        ("in_stock=true", "in_stock=true&", False),
        ("category=a%26b", "category=a&b", False),
    ],
)
def test_queries_share_an_answer_only_when_they_mean_the_same(one, other, is_same):
    keys = [
        read_request(
            Asked.of(
                {
                    "REQUEST_METHOD": "GET",
                    "PATH_INFO": LIST,
                    "QUERY_STRING": query,
                    "HTTP_HOST": "testserver",
                }
            )
        ).key
        for query in (one, other)
    ]

    assert (keys[0] == keys[1]) is is_same


@pytest.mark.parametrize(
    "query", ["%00", "a=%ff", "&&&", "=", "fields=", "fields=nothing", "x" * 600, "%", "a=\xff"]
)
def test_odd_queries_get_what_django_says(site, query):
    reply = site.get(f"{LIST}?{query}")
    again = site.get(f"{LIST}?{query}")

    assert reply.status in {200, 400}
    assert (again.status, again.json.keys()) == (reply.status, reply.json.keys())


def test_a_host_that_is_not_ours_is_refused_and_changes_nothing(site, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.test"]
    VariantFactory(), VariantFactory()
    url = f"{LIST}?limit=1"

    first, other, forged = (
        site.get(url, host=host) for host in ("testserver", "other.test", "evil.test")
    )

    assert (first.status, other.status, forged.status) == (200, 200, 400)
    assert site.get(url).body == first.body
    assert b"evil" not in first.body + other.body
    assert not any(b"evil" in key for key in stored_keys())


def test_origins_that_are_allowed_get_their_own_header(site, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://front.test"]
    VariantFactory()

    def allowed(**headers):
        return site.get(LIST, **headers).headers.get("access-control-allow-origin")

    assert allowed() is None
    assert allowed(origin="https://front.test") == "https://front.test"
    assert allowed(origin="https://evil.test") is None
    assert allowed() is None
    renew(CATALOGUE)
    assert allowed(origin="https://front.test/?") is None  # would do for Django, and for all then
    assert allowed() is None


# --- races ----------------------------------------------------------------------------------------


def test_answer_made_before_the_last_unit_went_is_not_stored_as_one_made_after(site):
    variant = VariantFactory(stock=1)
    url = f"{LIST}/{variant.product.slug}"
    made, ordered = threading.Event(), threading.Event()

    def stall(path: str) -> None:
        made.set()
        assert ordered.wait(60)

    site.after_django = stall

    def read(_):
        return site.get(url)

    def order(_):
        assert made.wait(60)
        site.after_django = lambda path: None
        place((variant, 1))
        between = site.get(url)
        ordered.set()
        return between

    slow, between = run_in_parallel(lambda call: call(None), arguments=[read, order])

    assert slow.json["in_stock"] is True  # it was, when that was read
    assert between.json["in_stock"] is False
    assert site.get(url).json["in_stock"] is False


def test_sold_out_product_is_never_shown_in_stock_after_the_commit(site):
    variant = VariantFactory(stock=4)
    urls = [f"{LIST}/{variant.product.slug}", LIST]
    sold_out = threading.Event()
    wrong = []

    def buy(_):
        for _unit in range(4):
            place((variant, 1))
        sold_out.set()

    def read(_):
        for _round in range(60):
            was_sold_out = sold_out.is_set()
            for url in urls:
                body = site.get(url).json
                shown = body if "results" not in body else body["results"][0]
                if was_sold_out and shown["in_stock"]:
                    wrong.append(url)

    run_in_parallel(lambda call: call(None), arguments=[buy, read, read, read])

    assert wrong == []
    assert sold_out.is_set()


def test_two_hundred_callers_make_one_answer(site):
    VariantFactory()
    barrier = threading.Barrier(200)
    replies = []

    def slow(path: str) -> None:
        time.sleep(0.2)  # so that all the others come while it is being made

    site.after_django = slow

    def call() -> None:
        barrier.wait()
        try:
            replies.append(site.get(LIST))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({reply.body for reply in replies}) == 1
    assert len(replies) == 200
    assert len(site.passed) <= 3
