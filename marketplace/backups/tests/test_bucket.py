"""A bucket as the place of backups; the whole way is in test_backup_and_restore.py."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest

from marketplace.backups import places
from marketplace.backups.errors import BackupError
from marketplace.backups.places import Backup, Bucket, Folder, backup_at, place_at
from marketplace.backups.retention import Retention
from marketplace.backups.services import NAME, prune_backups

NEWEST = datetime(2026, 3, 31, 2, tzinfo=UTC)
CONTENT = bytes(range(256)) * 50_000  # 12.8 MB
# S3 takes no smaller ones but as the last.
PART_BYTES = 5 * 1024 * 1024


@pytest.fixture
def client(settings, s3_endpoint):
    settings.BACKUP_S3 = {
        "endpoint_url": s3_endpoint,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    return boto3.client("s3", **settings.BACKUP_S3)


@pytest.fixture
def place(client, monkeypatch):
    monkeypatch.setattr(places, "PART_BYTES", PART_BYTES)
    name = f"backups-{uuid4().hex}"
    client.create_bucket(Bucket=name)
    return place_at(f"s3://{name}/shop/")


def test_backup_is_there_when_all_of_it_is_and_not_before(place, client):
    name = NEWEST.strftime(NAME)

    with place.create(name) as file:
        for start in range(0, len(CONTENT), 700_000):
            file.write(CONTENT[start : start + 700_000])
        assert place.names() == []
    with place.open(name) as file:
        pieces = iter(lambda: file.read(1_000_003), b"")
        read = b"".join(pieces)

    assert read == CONTENT
    assert place.names() == [name]
    assert place.size(name) == len(CONTENT)
    head = client.head_object(Bucket=place.bucket, Key=f"shop/{name}", PartNumber=1)
    assert head["PartsCount"] == 3
    with pytest.raises(BackupError, match="exists"), place.create(name):
        pass


def test_what_fails_or_is_killed_leaves_nothing(place, client):
    def begun():
        return client.list_multipart_uploads(Bucket=place.bucket).get("Uploads", [])

    with pytest.raises(ZeroDivisionError), place.create("marketplace-1.backup") as file:
        file.write(CONTENT)
        raise ZeroDivisionError
    assert begun() == []

    for key in ("shop/marketplace-2.backup", "shop/notes", "other/marketplace-2.backup"):
        client.create_multipart_upload(Bucket=place.bucket, Key=key)
    place.delete_leftovers()

    assert sorted(row["Key"] for row in begun()) == ["other/marketplace-2.backup", "shop/notes"]
    assert place.names() == []


def test_old_ones_are_deleted_and_what_is_no_backup_is_not(place, client):
    names = [(NEWEST - timedelta(days=days)).strftime(NAME) for days in range(3)]
    kept = ["notes", f"shop/sub/{names[2]}", "shop/marketplace-copy.backup", f"shop/{names[0]}"]
    for key in (*kept, f"shop/{names[1]}", f"shop/{names[2]}"):
        client.put_object(Bucket=place.bucket, Key=key, Body=b"-")

    deleted = prune_backups(place, Retention(1, 0, 0))

    assert deleted == [Backup(place, name) for name in reversed(names[1:])]
    rows = client.list_objects_v2(Bucket=place.bucket)["Contents"]
    assert sorted(row["Key"] for row in rows) == sorted(kept)


def test_what_is_not_there_is_told(client, place):
    with pytest.raises(BackupError, match="no such object"), place.open("marketplace-1.backup"):
        pass
    with pytest.raises(BackupError, match="cannot be reached"):
        Bucket("no-such-bucket", "").names()


def test_addresses_name_places(tmp_path):
    assert place_at(tmp_path) == Folder(tmp_path)
    assert place_at("s3://bucket") == place_at("s3://bucket/") == Bucket("bucket", "")
    assert backup_at("s3://bucket/a/b/x.backup") == Backup(Bucket("bucket", "a/b/"), "x.backup")
    assert str(backup_at("s3://bucket/a/x.backup")) == "s3://bucket/a/x.backup"
    for wrong in ("s3://", "s3:///folder", "s3://bucket/a?b=c"):
        with pytest.raises(BackupError, match="no address of a bucket"):
            place_at(wrong)
