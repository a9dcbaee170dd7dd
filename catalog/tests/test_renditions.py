"""Renditions of product images: what the worker makes, and what is shown before and after."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from PIL import Image

from accounts.models import User
from accounts.tests.factories import UserFactory
from catalog.api.public import reads
from catalog.models import ProductImage
from catalog.services import renditions
from catalog.services.images import add_images, delete_image, make_image_renditions, update_image
from catalog.tests.factories import ProductFactory, VariantFactory
from marketplace.common.files.renditions import make_renditions
from marketplace.common.ids import uuid7
from marketplace.common.images import MAX_FILE_BYTES, clean_image, rendition_name
from marketplace.common.media import store_file
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.services import dispatch
from marketplace.common.testing import drain_outbox, image_bytes, image_upload, run_in_parallel

pytestmark = pytest.mark.django_db


def picture(encoding="JPEG", size=(1600, 800), **options):
    return clean_image(image_upload(encoding, size=size, **options))


def add(product, encoding="JPEG", size=(1600, 800), **options):
    image = picture(encoding, size, **options)
    return add_images(product.pk, actor=None, images=[image])[0]


def size_of(name):
    with default_storage.open(name) as file, Image.open(file) as image:
        return image.format, image.size


def test_the_worker_makes_webp_renditions_of_a_new_image():
    product = ProductFactory()
    image = add(product)
    original = image.file.name
    assert image.rendition("card") == original

    assert drain_outbox() == 1

    image.refresh_from_db()
    assert image.file.name == original
    assert image.rendition("thumb") == original.replace(".jpg", ".thumb.webp")
    assert size_of(image.rendition("thumb")) == ("WEBP", (200, 100))
    assert size_of(image.rendition("card")) == ("WEBP", (480, 240))
    assert size_of(image.rendition("large")) == ("WEBP", (1200, 600))
    product.refresh_from_db()
    assert product.thumbnail == image.rendition("card")


def test_stored_image_that_packs_worse_than_the_uploaded_one_gets_renditions():
    content = image_bytes("PNG", (2_048, 1_400), mode="RGBA", colour=(9, 9, 9, 9), compress_level=0)
    assert len(content) > MAX_FILE_BYTES
    name = store_file("products", ContentFile(content, name="grain.png"))

    make_renditions(name, {"thumb": 200})

    assert size_of(rendition_name(name, "thumb")) == ("WEBP", (200, 137))


@pytest.mark.parametrize("signed", [False, True])
def test_buyers_see_renditions_once_there_are_any(api, monkeypatch, signed):
    # Where addresses are signed the serializers answer, else a statement made from them.
    monkeypatch.setattr(reads, "media_prefix", (lambda: None) if signed else reads.media_prefix)
    product = VariantFactory(stock__on_hand=1).product
    image = add(product)
    url = f"/api/v1/products/{product.pk}"

    (before,) = api.get(f"{url}/images").json()
    drain_outbox()
    (after,) = api.get(f"{url}/images").json()

    assert set(before["renditions"].values()) == {before["url"]} == {after["url"]}
    stem = after["url"].removesuffix(".jpg")
    assert after["renditions"] == {
        label: f"{stem}.{label}.webp" for label in ("thumb", "card", "large")
    }
    detail = api.get(url).json()
    assert detail["images"] == [after]
    assert detail["thumbnail_url"] == after["renditions"]["card"]
    image.refresh_from_db()
    assert after["renditions"]["thumb"].endswith(image.rendition("thumb"))


def test_a_small_image_is_not_enlarged_and_stays_transparent():
    image = add(ProductFactory(), "PNG", (300, 90), mode="RGBA", colour=(1, 2, 3, 0))

    drain_outbox()

    image.refresh_from_db()
    assert size_of(image.rendition("large")) == ("WEBP", (300, 90))
    with default_storage.open(image.rendition("thumb")) as file, Image.open(file) as thumb:
        assert thumb.size == (200, 60)
        assert thumb.getpixel((5, 5))[3] == 0


def test_thumbnail_follows_the_primary_image_also_without_renditions():
    product = ProductFactory()
    add(product)
    drain_outbox()
    second = add(product)

    update_image(second.pk, actor=None, is_primary=True)
    product.refresh_from_db()
    assert product.thumbnail == second.file.name

    drain_outbox()
    product.refresh_from_db()
    second.refresh_from_db()
    assert product.thumbnail == second.rendition("card")


def test_a_second_run_changes_nothing():
    image = add(ProductFactory())
    drain_outbox()

    assert make_image_renditions(image.pk) is False
    assert make_image_renditions(uuid7()) is False


def test_an_image_deleted_before_its_turn_is_left_alone():
    product = ProductFactory()
    image = add(product)
    delete_image(image.pk, actor=None)

    drain_outbox()

    assert not ProductImage.objects.exists()
    product.refresh_from_db()
    assert product.thumbnail == ""


def test_a_failure_is_kept_for_another_try_and_the_original_is_shown():
    image = add(ProductFactory())
    default_storage.delete(image.file.name)

    assert dispatch() == (0, 1)

    event = OutboxEvent.objects.get()
    assert (event.status, event.attempts) == (OutboxStatus.PENDING, 1)
    assert "FileNotFoundError" in event.last_error
    image.refresh_from_db()
    assert image.rendition("card") == image.file.name


@pytest.mark.django_db(transaction=True)
def test_renditions_made_at_once_are_whole():
    product = ProductFactory()
    image = add(product)

    outcomes = run_in_parallel(make_image_renditions, arguments=[image.pk] * 4)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    image.refresh_from_db()
    assert size_of(image.rendition("large")) == ("WEBP", (1200, 600))
    product.refresh_from_db()
    assert product.thumbnail == image.rendition("card")


def command(**options):
    out = io.StringIO()
    call_command("make_renditions", stdout=out, **options)
    return out.getvalue().strip()


def test_the_command_makes_only_what_is_missing(caplog):
    product = ProductFactory()
    images = [add(product) for _ in range(3)]
    gone = add(ProductFactory())
    default_storage.delete(gone.file.name)
    user = UserFactory()
    User.objects.filter(pk=user.pk).update(avatar=store_file("avatars", picture()))
    assert command(dry_run=True) == "missing=5"
    assert not ProductImage.objects.filter(has_renditions=True).exists()

    assert command(limit=2) == "made=2 failed=0"
    assert command() == "made=2 failed=1"
    assert gone.file.name in caplog.text
    assert command(dry_run=True) == "missing=1"

    user.refresh_from_db()
    assert size_of(user.avatar.name) == ("WEBP", (256, 128))
    assert product.images.filter(has_renditions=True).count() == len(images)
    product.refresh_from_db()
    assert product.thumbnail == product.images.get(is_primary=True).rendition("card")


def test_the_command_goes_through_several_batches(monkeypatch):
    monkeypatch.setattr(renditions, "BATCH", 2)
    product = ProductFactory()
    for _ in range(5):
        add(product, size=(20, 20))

    assert command() == "made=5 failed=0"
