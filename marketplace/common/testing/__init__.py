"""What tests of several apps share. Production code never imports it."""

from marketplace.common.testing.cleaning import empty_tables
from marketplace.common.testing.images import image_bytes, image_upload
from marketplace.common.testing.outbox import drain_outbox
from marketplace.common.testing.parallel import (
    let_go_when_somebody_waits,
    run_in_parallel,
    somebody_waits,
)
from marketplace.common.testing.s3 import public_images_policy, s3_storage
from marketplace.common.testing.shared import made_once

__all__ = [
    "drain_outbox",
    "empty_tables",
    "image_bytes",
    "image_upload",
    "let_go_when_somebody_waits",
    "made_once",
    "public_images_policy",
    "run_in_parallel",
    "s3_storage",
    "somebody_waits",
]
