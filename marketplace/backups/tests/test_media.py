"""Files in buckets stay there, and are listed; those of folders can be put into a bucket."""

import hashlib
from uuid import uuid4

from django.core.files.storage import default_storage, storages

from marketplace.backups import media
from marketplace.backups.archive import ArchiveWriter, read_entries
from marketplace.common.testing import s3_storage


def test_files_of_a_bucket_are_listed_and_missed(bucket, settings, tmp_path):
    folder = {**settings.STORAGES["private"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "private": folder}
    for name in ("products/a.webp", "uploads/x/b"):
        bucket.put_object(Key=name, Body=name.encode())
    written = bytearray()

    listed = list(media.add_files(ArchiveWriter(written.extend), on_file=lambda: None))
    default_storage.delete("products/a.webp")

    assert written == b""
    in_bucket = [each for each in listed if each.storage == "default"]
    assert [(each.name, each.bytes) for each in in_bucket] == [
        ("products/a.webp", 15), ("uploads/x/b", 11),
    ]  # fmt: skip
    assert in_bucket[0].etag == hashlib.md5(b"products/a.webp").hexdigest()
    assert list(media.missing_from_buckets(listed)) == ["products/a.webp"]


def test_one_bucket_of_both_storages_is_listed_once(bucket, settings, s3_endpoint):
    both = s3_storage(s3_endpoint, bucket.name)
    settings.STORAGES = {**settings.STORAGES, "default": both, "private": both}
    bucket.put_object(Key="documents/a.pdf", Body=b"%PDF-")

    listed = list(media.add_files(ArchiveWriter(lambda data: None), on_file=lambda: None))

    assert [(each.storage, each.name) for each in listed] == [("default", "documents/a.pdf")]


def test_files_of_a_folder_go_where_files_are_kept_now(bucket, settings, tmp_path):
    name = f"documents/{uuid4().hex}.pdf"
    folder = {**settings.STORAGES["private"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "private": folder}
    storages["private"].replace(name, b"%PDF-")
    storages["private"].replace(f"{name}.part", b"")
    (tmp_path / "documents" / ".half.part").write_bytes(b"half")
    written = bytearray()
    archive = ArchiveWriter(written.extend)
    listed = list(media.add_files(archive, on_file=lambda: None))
    archive.close()

    settings.STORAGES = {**settings.STORAGES, "private": settings.STORAGES["default"]}
    for header, chunks in read_entries([bytes(written)]):
        media.put_file(header["storage"], header["name"], chunks)

    assert [(each.name, each.sha256) for each in listed] == [
        (name, hashlib.sha256(b"%PDF-").hexdigest()),
        (f"{name}.part", hashlib.sha256(b"").hexdigest()),
    ]
    assert bucket.Object(name).get()["Body"].read() == b"%PDF-"
