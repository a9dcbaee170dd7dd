"""API keys as text: `mk_<prefix>_<secret>`. Only the prefix and a keyed hash are stored."""

import hashlib
import hmac
import re
import secrets

from django.conf import settings

_KEY = re.compile(r"mk_([0-9a-f]{9})_[A-Za-z0-9_-]{43}", re.ASCII)


def new_key() -> tuple[str, str]:
    """Return a new key and its prefix."""
    prefix = secrets.token_hex(5)[:9]
    return f"mk_{prefix}_{secrets.token_urlsafe(32)}", prefix


def prefix_of(key: str) -> str | None:
    """Return the prefix of what looks like a key."""
    match = _KEY.fullmatch(key)
    return match[1] if match else None


def hash_of(key: str) -> str:
    """Return what is stored of a key."""
    return hmac.new(settings.TOKEN_PEPPER.encode(), key.encode(), hashlib.sha256).hexdigest()
