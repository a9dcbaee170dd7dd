"""A bucket as the storage of a test."""

import json
from typing import Any

# Everything but `uploads`, where what browsers send waits to be judged.
PUBLIC_FOLDERS = ("avatars", "banners", "brands", "categories", "products", "reviews", "shops")


def s3_storage(endpoint: str, bucket: str, **options: Any) -> dict[str, Any]:
    """Return an entry of STORAGES, as the settings make it from the S3_* variables."""
    return {
        "BACKEND": "marketplace.common.files.storage.BucketStorage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint,
            "region_name": "ap-southeast-1",
            "access_key": "test",
            "secret_key": "test",
            **options,
        },
    }


def public_images_policy(bucket: str) -> str:
    """Return the policy that `docs/operations.md` asks for."""
    resources = [f"arn:aws:s3:::{bucket}/{folder}/*" for folder in PUBLIC_FOLDERS]
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": resources,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
