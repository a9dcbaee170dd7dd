"""Row ids: UUIDv7, which sort by creation time and so keep B-tree inserts at the right edge."""

import re
import uuid
from datetime import datetime
from typing import Final

import uuid_utils
from uuid_utils.compat import uuid7 as _uuid7

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)


def uuid7() -> uuid.UUID:
    """Return a new time-ordered id. It shows when it was made: never use it as a secret."""
    return _uuid7()


def uuid7_floor(moment: datetime) -> uuid.UUID:
    """Return an id below every one that was made from this moment on."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def request_id(given: str) -> str:
    """Return the id that a caller gave its request where it is harmless, a new one otherwise."""
    # Not by way of Python's UUID, which would take ten times as long.
    return given if given and _REQUEST_ID.fullmatch(given) else str(uuid_utils.uuid7())
