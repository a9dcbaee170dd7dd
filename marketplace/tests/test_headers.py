"""What every answer says to browsers and caches."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import StaffFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.api.caching import PublicReadMixin
from marketplace.tests.routes import operations
from marketplace.tests.world import sign_in

pytestmark = pytest.mark.django_db

# Only for orders that are named and have labels.
NAMED_ONLY = "/api/v1/seller/orders/bulk/labels"
READS = [
    op
    for op in operations()
    if op.method == "get" and not op.speaks_for_provider and op.template != NAMED_ONLY
]


@pytest.mark.parametrize("operation", READS, ids=str)
def test_only_public_answers_may_be_cached(operation, world):
    caller = sign_in(world.caller(operation.template))

    response = caller.get(world.path(operation.template))

    assert response.status_code == 200
    is_public = issubclass(operation.view, PublicReadMixin)
    assert response["Cache-Control"] == ("public, max-age=5" if is_public else "private, no-store")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "profile"),
        ("get", "products/nothing"),
        ("get", "nowhere"),
        ("post", "auth/login"),
        ("get", "cart"),
    ],
)
def test_refusals_and_guests_answers_are_not_cached(api, method, path):
    assert getattr(api, method)(f"/api/v1/{path}")["Cache-Control"] == "private, no-store"


def test_an_unchanged_public_answer_may_still_be_cached(api):
    first = api.get("/api/v1/products")

    second = api.get("/api/v1/products", HTTP_IF_NONE_MATCH=first["ETag"])

    assert second.status_code == 304
    assert second["Cache-Control"] == "public, max-age=5"


def test_a_forged_host_changes_no_answer(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://market.test"
    VariantFactory.create_batch(2)

    for path in ("products?limit=1", "shops?limit=1", ""):
        url = f"/api/v1/{path}".rstrip("/")
        honest = APIClient().get(url)
        forged = APIClient().get(
            url,
            HTTP_HOST="evil.test",
            HTTP_X_FORWARDED_HOST="evil.test",
            HTTP_FORWARDED="host=evil",
        )

        assert forged.status_code == 200
        assert forged.content == honest.content
        assert b"https://market.test/api/v1/" in forged.content


@pytest.mark.parametrize(
    ("bucket", "allowed"),
    [
        ({"custom_domain": "cdn.example.com/pictures"}, " https://cdn.example.com"),
        ({"endpoint_url": "https://s3.example.com:9000"}, " https://s3.example.com:9000"),
        (
            {"endpoint_url": "https://s3.example.com", "querystring_auth": True},
            " https://s3.example.com",
        ),
        (None, ""),
    ],
)
def test_pages_of_the_console_show_pictures_of_the_storage_and_no_others(
    client, settings, bucket, allowed
):
    if bucket is not None:
        keys = {"bucket_name": "pictures", "access_key": "a", "secret_key": "b"}
        settings.STORAGES = {
            **settings.STORAGES,
            "default": {
                "BACKEND": "marketplace.common.files.storage.BucketStorage",
                "OPTIONS": {"querystring_auth": False, **keys, **bucket},
            },
        }

    policy = client.get("/admin/login/")["Content-Security-Policy"]

    assert f"img-src 'self' data:{allowed};" in policy


def test_pages_of_the_console_run_no_script_of_anybody_elses(client):
    client.force_login(StaffFactory())

    for url in ("/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/"):
        response = client.get(url)
        policy = response["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "style-src" not in policy
        assert response["X-Frame-Options"] == "DENY"
        assert "no-store" in response["Cache-Control"]


def test_answers_without_an_origin_say_to_caches_that_others_differ(api):
    answer = api.get("/api/v1/products")

    assert "origin" in answer["Vary"].lower()
    assert "Access-Control-Allow-Origin" not in answer
