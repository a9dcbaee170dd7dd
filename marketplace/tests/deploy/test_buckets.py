"""Buckets of a storage that is reached from inside alone."""

from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from marketplace.common.files.storage import media_storage
from marketplace.common.testing import s3_storage


def test_buckets_are_made_once(s3_endpoint, settings, capsys):
    public, private = uuid4().hex, uuid4().hex
    settings.STORAGES = {
        **settings.STORAGES,
        "default": s3_storage(s3_endpoint, public),
        "private": s3_storage(s3_endpoint, private),
    }

    call_command("make_buckets")
    call_command("make_buckets")

    assert capsys.readouterr().out.split("\n") == [
        f"{public}: made", f"{private}: made", f"{public}: exists", f"{private}: exists", "",
    ]  # fmt: skip
    default_storage.connection.meta.client.head_bucket(Bucket=private)


def test_a_storage_that_refuses_is_named(settings):
    settings.STORAGES = {**settings.STORAGES, "default": s3_storage("http://127.0.0.1:9", "media")}

    with pytest.raises(CommandError, match="media: "):
        call_command("make_buckets")


def test_browsers_post_to_the_proxy_before_the_storage(s3_endpoint, settings):
    storage = s3_storage(s3_endpoint, "media", upload_url="https://shop.test/media")
    settings.STORAGES = {**settings.STORAGES, "default": storage}

    upload = media_storage().presign_upload(
        "uploads/a", content_type="image/png", max_bytes=10, seconds=60
    )

    assert upload.url == "https://shop.test/media"
    assert upload.fields["key"] == "uploads/a"
