from typing import Any

from botocore.exceptions import ClientError
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError

from marketplace.common.files.storage import BucketStorage
from marketplace.common.media import STORAGE_ERRORS


class Command(BaseCommand):
    help = "Make the buckets that the settings name, where they do not exist. Safe twice."

    def handle(self, *args: Any, **options: Any) -> None:
        named = [storages[alias] for alias in ("default", "private")]
        buckets = {each.bucket_name: each for each in named if isinstance(each, BucketStorage)}
        for name, storage in buckets.items():
            try:
                made = _make(storage)
            except STORAGE_ERRORS as error:
                raise CommandError(f"{name}: {error}") from error
            self.stdout.write(f"{name}: {'made' if made else 'exists'}")
        if not buckets:
            self.stdout.write("Files are kept in a folder: S3_BUCKET is not set.")


def _make(storage: BucketStorage) -> bool:
    client = storage.connection.meta.client
    try:
        client.head_bucket(Bucket=storage.bucket_name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
    else:
        return False
    region = client.meta.region_name
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    client.create_bucket(
        Bucket=storage.bucket_name, **({"CreateBucketConfiguration": where} if where else {})
    )
    return True
