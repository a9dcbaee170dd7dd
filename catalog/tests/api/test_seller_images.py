"""A seller's images over HTTP."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.models import ProductImage
from catalog.tests.factories import ProductFactory
from marketplace.common.ids import uuid7

pytestmark = pytest.mark.django_db


@pytest.fixture
def product(shop):
    return ProductFactory(shop=shop)


def upload(name="../../a b.png", content=None, image_format="PNG"):
    if content is None:
        buffer = io.BytesIO()
        Image.new("RGB", (60, 40), "blue").save(buffer, image_format)
        content = buffer.getvalue()
    return SimpleUploadedFile(name, content, content_type="image/png")


def post(seller, product, *files):
    url = f"/api/v1/seller/products/{product.pk}/images"
    return seller.post(url, {"images": list(files)}, format="multipart")


def files():
    try:
        return set(default_storage.listdir("products")[1])
    except FileNotFoundError:
        return set()


def test_post_takes_many_images_and_serves_them(seller, product, api):
    response = post(seller, product, upload(), upload("b.webp", image_format="WEBP"))

    assert response.status_code == 201, response.content
    first, second = response.json()
    assert set(first) == {"id", "url", "alt_text", "position", "is_primary", "renditions"}
    assert (first["is_primary"], second["is_primary"]) == (True, False)
    assert (first["position"], second["position"]) == (0, 1)
    assert set(first["renditions"]) == {"thumb", "card", "large"}
    assert set(first["renditions"].values()) == {first["url"]}
    assert "a b" not in first["url"]
    path = first["url"].partition("/media/")[2]
    assert default_storage.exists(path)
    product.refresh_from_db()
    assert product.thumbnail == path
    shown = seller.get(f"/api/v1/seller/products/{product.pk}").json()
    assert [row["id"] for row in shown["images"]] == [first["id"], second["id"]]
    assert shown["thumbnail_url"] == first["url"]


def test_post_takes_all_or_none_and_names_the_bad_one(seller, product):
    before = files()
    svg = upload("x.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")

    response = post(seller, product, upload(), svg)

    assert response.status_code == 400
    assert [row["field"] for row in response.json()["error"]["details"]] == ["images.1"]
    assert not ProductImage.objects.exists()
    assert files() == before


def test_post_stores_nothing_that_was_hidden_in_the_file(seller, product):
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), "blue").save(buffer, "PNG")
    planted = upload(content=buffer.getvalue() + b"<?php echo 1; ?><script>")

    post(seller, product, planted)

    with ProductImage.objects.get().file.open() as stored:
        content = stored.read()
    assert b"<?php" not in content
    assert b"<script" not in content


def test_post_refuses_no_files_too_many_and_other_bodies(seller, product):
    url = f"/api/v1/seller/products/{product.pk}/images"

    empty = seller.post(url, {"alt": "x"}, format="multipart")
    assert [row["field"] for row in empty.json()["error"]["details"]] == ["images"]
    text = seller.post(url, {"images": "x"}, format="multipart")
    assert text.status_code == 400
    assert post(seller, product, *(upload() for _ in range(11))).status_code == 400
    assert seller.post(url, {"images": []}, format="json").status_code == 400
    assert seller.post(url, "images=x", content_type="text/plain").status_code == 415
    assert post(seller, product, upload(content=b"")).status_code == 400
    assert not ProductImage.objects.exists()


def test_post_beyond_twenty_images_is_a_conflict(seller, product):
    for _ in range(2):
        assert post(seller, product, *(upload() for _ in range(10))).status_code == 201
    before = files()

    response = post(seller, product, upload())

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "too_many_images"
    assert files() == before


def test_patch_changes_text_place_and_primary_image(seller, product):
    first, second = post(seller, product, upload(), upload()).json()

    response = seller.patch(
        f"/api/v1/seller/images/{second['id']}",
        {"alt_text": "Mặt sau", "position": 0, "is_primary": True, "url": "canary", "file": "x"},
    )

    assert response.status_code == 200, response.content
    data = response.json()
    assert (data["alt_text"], data["position"], data["is_primary"]) == ("Mặt sau", 0, True)
    assert data["url"] == second["url"]
    assert ProductImage.objects.filter(is_primary=True).count() == 1
    assert ProductImage.objects.get(pk=first["id"]).position == 1


def test_patch_names_what_is_wrong(seller, product):
    (image,) = post(seller, product, upload()).json()
    url = f"/api/v1/seller/images/{image['id']}"

    for body, field in (
        ({"position": -1}, "position"),
        ({"position": "1"}, "position"),
        ({"position": 10**9}, "position"),
        ({"alt_text": "x" * 256}, "alt_text"),
        ({"is_primary": "maybe"}, "is_primary"),
        ({"is_primary": False}, "is_primary"),
    ):
        response = seller.patch(url, body)
        assert response.status_code == 400
        assert [row["field"] for row in response.json()["error"]["details"]] == [field]
    image_row = ProductImage.objects.get()
    assert (image_row.position, image_row.is_primary, image_row.alt_text) == (0, True, "")


def test_delete_hands_the_primary_place_on(seller, product):
    first, second = post(seller, product, upload(), upload()).json()

    assert seller.delete(f"/api/v1/seller/images/{first['id']}").status_code == 204
    assert seller.delete(f"/api/v1/seller/images/{first['id']}").status_code == 404

    image = ProductImage.objects.get()
    assert (str(image.pk), image.is_primary, image.position) == (second["id"], True, 0)


@pytest.mark.parametrize("known", [True, False])
def test_images_of_another_shop_are_not_found_by_any_verb(seller, known, api_as):
    other = ProductFactory()
    (image,) = post(api_as(other.shop.owner), other, upload()).json()
    url = f"/api/v1/seller/images/{image['id'] if known else uuid7()}"

    for response in (
        seller.patch(url, {"alt_text": "Của tôi"}),
        seller.delete(url),
        post(seller, other, upload()),
    ):
        assert response.status_code == 404
    row = ProductImage.objects.get()
    assert row.alt_text == ""
