"""What tests of several apps share. Production code never imports it."""

from marketplace.common.testing.images import image_bytes, image_upload
from marketplace.common.testing.outbox import drain_outbox
from marketplace.common.testing.parallel import run_in_parallel

__all__ = ["drain_outbox", "image_bytes", "image_upload", "run_in_parallel"]
