"""`collect_unused_files`: what nothing names goes, what anything names stays."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone

from accounts.services.profile import set_avatar
from accounts.tests.factories import UserFactory
from catalog.services.images import add_images, delete_image
from catalog.tests.factories import VariantFactory
from marketplace.common.files import collect
from marketplace.common.files.collect import folders, naming_columns
from marketplace.common.files.storage import media_storage
from marketplace.common.images import clean_image
from marketplace.common.testing import drain_outbox, image_upload, s3_storage
from orders.tests.factories import place

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["local", "s3"])
def storage(request, settings, tmp_path):
    """Either kind of storage, empty."""
    if request.param == "s3":
        request.getfixturevalue("bucket")
    else:
        settings.MEDIA_ROOT = str(tmp_path)
    return request.param


def command(**options):
    out = io.StringIO()
    call_command("collect_unused_files", stdout=out, **options)
    return out.getvalue().strip()


def put(*names):
    for name in names:
        media_storage().replace(name, b"x")


def stored():
    return {file.name for folder in folders() for file in media_storage().walk(folder)}


def in_two_days():
    return time_machine.travel(timezone.now() + timedelta(days=2), tick=False)


def run(**options):
    """Run two days later by the clock of this process; a bucket's server has the present one."""
    with in_two_days():
        return collect.collect_unused_files(**options)


def picture():
    return clean_image(image_upload("JPEG", size=(900, 600)))


def test_only_old_files_that_no_row_names_are_deleted(storage, monkeypatch):
    monkeypatch.setattr(collect, "BATCH", 3)
    variant = VariantFactory()
    product = variant.product
    first, second = add_images(product.pk, actor=None, images=[picture(), picture()])
    user = set_avatar(UserFactory().pk, picture())
    drain_outbox()
    item = place((variant, 1)).orders.get().items.get()
    delete_image(first.pk, actor=None)
    user.refresh_from_db()
    used = {
        *(name for name in stored() if Path(second.file.name).stem in name),
        user.avatar.name,
        item.image,
    }
    lost = {"products/lost.jpg", "avatars/.x.part", f"uploads/{product.shop_id}/{'a' * 32}"}
    put(*lost, "elsewhere/rows.csv")
    everything = stored()
    assert len(used) == 6

    assert command() == "deleted=0 failed=0"
    assert stored() == everything
    assert run(dry_run=True).unused == 3 + len(lost)
    assert stored() == everything
    assert run() == collect.Collected(unused=3 + len(lost), failed=0)

    assert stored() == used
    assert default_storage.exists("elsewhere/rows.csv")
    assert run().unused == 0


def test_a_storage_that_is_away_stops_the_command_and_nothing_else(settings):
    settings.STORAGES = {**settings.STORAGES, "default": s3_storage("http://127.0.0.1:9", "none")}

    with pytest.raises(CommandError):
        command()


def test_every_column_that_may_name_a_file_is_known():
    names = {(str(model._meta), column) for model, column in naming_columns()}

    assert names >= {
        ("accounts.user", "avatar"),
        ("shops.shop", "logo"),
        ("shops.shop", "banner"),
        ("catalog.category", "image"),
        ("catalog.brand", "logo"),
        ("catalog.product", "thumbnail"),
        ("catalog.productimage", "file"),
        ("orders.orderitem", "image"),
        ("reviews.reviewimage", "file"),
    }
    # A text column of such a name that is not among them would lose its files.
    suspects = {
        (str(model._meta), field.name)
        for model in collect.apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and any(word in field.name for word in ("image", "photo", "picture", "thumbnail", "logo"))
    }
    assert suspects <= names
