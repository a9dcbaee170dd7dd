"""Images that browsers send straight to the storage, and images kept in a bucket at all."""

import pytest
import requests
from django.core.files.storage import default_storage

from catalog.models import ProductImage
from catalog.tests.factories import ProductFactory
from marketplace.common.images import MAX_FILE_BYTES
from marketplace.common.testing import drain_outbox, image_bytes, image_upload

pytestmark = pytest.mark.django_db
URL = "/api/v1/seller/uploads"


@pytest.fixture
def product(shop):
    return ProductFactory(shop=shop)


def images_url(product):
    return f"/api/v1/seller/products/{product.pk}/images"


def names(bucket):
    return sorted(row.key for row in bucket.objects.all())


def send(seller, content, content_type="image/png"):
    """Do what a browser does; returns the key and the storage's answer."""
    offer = seller.post(URL, {"content_type": content_type}).json()
    answer = requests.post(
        offer["url"], data=offer["fields"], files={"file": ("x", content)}, timeout=60
    )
    return offer["key"], answer


def take(seller, product, *keys):
    return seller.post(images_url(product), {"upload_keys": list(keys)}, format="json")


def test_offer_is_for_one_image_under_a_key_of_the_own_shop(seller, shop, bucket):
    response = seller.post(URL, {"content_type": "image/webp"})

    assert response.status_code == 201, response.content
    offer = response.json()
    assert set(offer) == {"key", "url", "fields", "max_bytes", "expires_at"}
    assert offer["key"].startswith(f"uploads/{shop.pk}/")
    assert offer["fields"]["key"] == offer["key"]
    assert offer["fields"]["Content-Type"] == "image/webp"
    assert offer["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert offer["max_bytes"] == MAX_FILE_BYTES
    assert offer["url"].endswith(bucket.name)


def test_offer_without_a_bucket_is_refused(seller):
    response = seller.post(URL, {"content_type": "image/png"})

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "direct_upload_unavailable"


@pytest.mark.parametrize("body", [{}, {"content_type": "image/svg+xml"}, {"content_type": 1}, []])
def test_offer_for_anything_else_is_refused(seller, bucket, body):
    assert seller.post(URL, body, format="json").status_code == 400


def test_uploads_become_images_encoded_anew_and_are_deleted(seller, product, bucket):
    planted = image_bytes("JPEG", (900, 600)) + b"<script>alert(1)</script>"
    first, answer = send(seller, planted)
    assert answer.status_code == 204, answer.text
    second, _ = send(seller, image_bytes("PNG"))
    # Nobody else reads what has not been judged yet.
    assert requests.get(f"{answer.url}/{first}", timeout=60).status_code == 403

    response = take(seller, product, first, second)

    assert response.status_code == 201, response.content
    assert [row["position"] for row in response.json()] == [0, 1]
    stored = names(bucket)
    assert len(stored) == 2
    assert not any(name.startswith("uploads/") for name in stored)
    image = requests.get(response.json()[0]["url"], timeout=60)
    assert image.headers["Content-Type"] == "image/jpeg"
    assert "immutable" in image.headers["Cache-Control"]
    assert b"<script" not in image.content
    assert take(seller, product, first).status_code == 400
    assert product.images.count() == 2


def test_renditions_in_a_bucket_are_served_from_plain_addresses(seller, product, bucket, api):
    response = seller.post(
        images_url(product),
        {"images": [image_upload("JPEG", size=(900, 600))]},
        format="multipart",
    )
    assert response.status_code == 201, response.content

    drain_outbox()

    (image,) = seller.get(f"/api/v1/seller/products/{product.pk}").json()["images"]
    card = requests.get(image["renditions"]["card"], timeout=60)
    assert "?" not in image["renditions"]["card"]
    assert (card.status_code, card.headers["Content-Type"]) == (200, "image/webp")
    assert len(names(bucket)) == 4


def test_what_is_no_image_of_ours_is_refused_and_makes_nothing(seller, product, bucket):
    good, _ = send(seller, image_bytes("PNG"))
    svg, _ = send(seller, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    # Not every storage keeps to the limit it was given.
    default_storage.replace(f"{good[:-32]}{'a' * 32}", bytes(MAX_FILE_BYTES + 1))
    before = names(bucket)

    for key, code in (
        (svg, "invalid_image"),
        (f"{good[:-32]}{'a' * 32}", "file_too_large"),
        (f"{good[:-32]}{'b' * 32}", "upload_not_found"),
        (f"{good[:-32]}../{'b' * 32}", "upload_not_found"),
        ("products/x.png", "upload_not_found"),
    ):
        response = take(seller, product, good, key)
        assert response.status_code == 400
        (row,) = response.json()["error"]["details"]
        assert (row["field"], row["code"]) == ("upload_keys.1", code)
    for keys in ([], [good, good], [good] * 11, "x", [1], [None], ["x" * 200]):
        body = {"upload_keys": keys}
        assert seller.post(images_url(product), body, format="json").status_code == 400

    assert not ProductImage.objects.exists()
    assert names(bucket) == before


def test_uploads_of_another_shop_are_not_found(seller, product, bucket, api_as):
    other = ProductFactory()
    foreign, _ = send(api_as(other.shop.owner), image_bytes("PNG"))

    response = take(seller, product, foreign)
    elsewhere = take(seller, other, foreign)

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["code"] == "upload_not_found"
    assert elsewhere.status_code == 404
    assert names(bucket) == [foreign]


def test_a_storage_that_is_away_is_503_and_leaves_no_row(seller, product, bucket, settings):
    key, _ = send(seller, image_bytes("PNG"))
    options = {**settings.STORAGES["default"]["OPTIONS"], "endpoint_url": "http://127.0.0.1:9"}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }

    seller.raise_request_exception = False
    for response in (
        take(seller, product, key),
        seller.post(images_url(product), {"images": [image_upload()]}, format="multipart"),
    ):
        assert response.status_code == 503
        assert response.json()["error"]["code"] == "service_unavailable"
    assert not ProductImage.objects.exists()
    assert names(bucket) == [key]
    assert seller.get(f"/api/v1/seller/products/{product.pk}").status_code == 200
