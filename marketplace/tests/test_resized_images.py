"""Images that are shown in one size: the worker puts a rendition in their place."""

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from accounts.services.profile import remove_avatar, set_avatar
from accounts.tests.factories import UserFactory
from catalog.models import Brand, Category
from catalog.services.brands import create_brand, update_brand
from catalog.services.categories import create_category, update_category
from marketplace.common.files.renditions import image_sides, models_with_images, resize_stored
from marketplace.common.images import clean_image
from marketplace.common.media import store_file
from marketplace.common.testing import drain_outbox, image_upload
from shops.constants import ShopImage
from shops.services.profiles import set_shop_image
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


def picture(size=(1600, 800)):
    return clean_image(image_upload("JPEG", size=size))


def size_of(file):
    with default_storage.open(file.name) as stored, Image.open(stored) as image:
        return image.format, image.size


def test_every_column_of_images_of_one_size_is_known():
    assert {
        (str(model._meta), column): image_sides(model)[column]
        for model, column in models_with_images()
    } == {
        ("accounts.user", "avatar"): 256,
        ("shops.shop", "logo"): 480,
        ("shops.shop", "banner"): 1200,
        ("catalog.category", "image"): 480,
        ("catalog.banner", "image"): 1600,
        ("catalog.brand", "logo"): 480,
        ("returns.returnphoto", "file"): 1200,
        ("reviews.reviewimage", "file"): 1200,
    }


def test_avatar_is_replaced_by_its_rendition():
    user = set_avatar(UserFactory().pk, picture())
    uploaded = user.avatar.name

    drain_outbox()

    user.refresh_from_db()
    assert user.avatar.name == uploaded.replace(".jpg", ".256.webp")
    assert size_of(user.avatar) == ("WEBP", (256, 128))
    assert not default_storage.exists(uploaded)


def test_logo_and_banner_are_replaced_by_their_renditions():
    shop = ShopFactory()
    for kind in (ShopImage.LOGO, ShopImage.BANNER):
        set_shop_image(shop.pk, kind=kind, image=picture())

    drain_outbox()

    shop.refresh_from_db()
    assert size_of(shop.logo) == ("WEBP", (480, 240))
    assert size_of(shop.banner) == ("WEBP", (1200, 600))


def test_images_of_categories_and_brands_are_replaced_by_their_renditions():
    category = create_category(actor=None, name="Áo", image=store_file("categories", picture()))
    brand = create_brand(actor=None, name="Biti's", logo=store_file("brands", picture()))
    drain_outbox()
    update_category(category.pk, actor=None, name="Áo nam")
    update_brand(brand.pk, actor=None, logo=store_file("brands", picture((90, 90))))
    drain_outbox()

    assert size_of(Category.objects.get().image) == ("WEBP", (480, 240))
    assert size_of(Brand.objects.get().logo) == ("WEBP", (90, 90))


def test_an_image_that_was_removed_or_replaced_meanwhile_stays_so():
    user = set_avatar(UserFactory().pk, picture())
    old = user.avatar.name
    remove_avatar(user.pk)

    drain_outbox()
    assert resize_stored("accounts.user", user.pk, column="avatar", name=old) is False

    user.refresh_from_db()
    assert user.avatar.name == ""
