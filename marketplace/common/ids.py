"""Row ids: UUIDv7, which sort by creation time and so keep B-tree inserts at the right edge."""

import uuid
from datetime import datetime

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> uuid.UUID:
    """Return a new time-ordered id. It shows when it was made: never use it as a secret."""
    return _uuid7()


def uuid7_floor(moment: datetime) -> uuid.UUID:
    """Return an id below every one that was made from this moment on."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
