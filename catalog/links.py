"""Where a picture of the shop front may lead: never to a script, nor to what only looks like us."""

import re
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

# Browsers read a backslash as a slash, and drop line breaks and tabs.
_UNSAFE: Final = re.compile(r"[\s\\\x00-\x1f\x7f<>\"'`]")
_HOST: Final = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.ASCII | re.IGNORECASE)


def check_link(link: str) -> None:
    """Accept a path from the root, or a https address without a user. Raises: ValidationError."""
    if not link or _is_path(link) or _is_https(link):
        return
    raise ValidationError(
        "Enter a path that begins with one /, or an address that begins with https://.",
        code="invalid_link",
    )


def _is_path(link: str) -> bool:
    return link.startswith("/") and not link.startswith("//") and not _UNSAFE.search(link)


def _is_https(link: str) -> bool:
    if _UNSAFE.search(link):
        return False
    try:
        parts = urlsplit(link)
        _ = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and "@" not in parts.netloc and bool(_HOST.fullmatch(host))
