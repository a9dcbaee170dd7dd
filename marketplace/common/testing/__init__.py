"""What tests of several apps share. Production code never imports it."""

from marketplace.common.testing.images import image_bytes, image_upload
from marketplace.common.testing.outbox import drain_outbox
from marketplace.common.testing.parallel import run_in_parallel
from marketplace.common.testing.s3 import public_images_policy, s3_storage

__all__ = [
    "drain_outbox",
    "image_bytes",
    "image_upload",
    "public_images_policy",
    "run_in_parallel",
    "s3_storage",
]
