"""Static files, pictures, documents, backups: where they are kept."""

from typing import Any

from marketplace.settings.environment import BASE_DIR, DATA_DIR, env

STATIC_URL = "/static/"
STATIC_ROOT: str | None = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "marketplace.common.files.storage.LocalStorage"},
    # Invoices and statements: outside MEDIA_ROOT, so that no server of files finds them.
    "private": {
        "BACKEND": "marketplace.common.files.storage.LocalStorage",
        "OPTIONS": {"location": DATA_DIR / "private", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if S3_BUCKET := env.str("S3_BUCKET", ""):
    _s3 = {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
        "region_name": env.str("S3_REGION", "") or None,
        "access_key": env.str("S3_ACCESS_KEY", "") or None,
        "secret_key": env.str("S3_SECRET_KEY", "") or None,
    }
    STORAGES["default"] = {
        "BACKEND": "marketplace.common.files.storage.BucketStorage",
        "OPTIONS": {
            **_s3,
            "custom_domain": env.str("S3_CUSTOM_DOMAIN", "") or None,
            "upload_url": env.str("S3_UPLOAD_URL", ""),
            # Signed addresses differ from request to request, so no cache can keep an answer.
            "querystring_auth": env.bool("S3_SIGNED_URLS", False),
        },
    }
    STORAGES["private"] = {
        "BACKEND": "marketplace.common.files.storage.BucketStorage",
        "OPTIONS": {
            **_s3,
            "bucket_name": env.str("S3_PRIVATE_BUCKET", "") or S3_BUCKET,
            "querystring_auth": True,
        },
    }

# Where `backup` puts its files, a folder or s3://bucket/folder, and the key that encrypts them.
BACKUP_DIR = env.str("BACKUP_DIR", "") or str(DATA_DIR / "backups")
BACKUP_KEY = env.str("BACKUP_KEY", "")
# Best another account than that of the files: whoever gets at one does not get at the other.
BACKUP_S3 = {
    "endpoint_url": env.str("BACKUP_S3_ENDPOINT_URL", "") or env.str("S3_ENDPOINT_URL", "") or None,
    "region_name": env.str("BACKUP_S3_REGION", "") or env.str("S3_REGION", "") or None,
    "aws_access_key_id": (
        env.str("BACKUP_S3_ACCESS_KEY", "") or env.str("S3_ACCESS_KEY", "") or None
    ),
    "aws_secret_access_key": (
        env.str("BACKUP_S3_SECRET_KEY", "") or env.str("S3_SECRET_KEY", "") or None
    ),
}
