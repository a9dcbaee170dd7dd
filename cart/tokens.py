"""The token that is a guest's only claim to a cart; the database knows its keyed hash alone."""

import hashlib
import hmac
import secrets

from django.conf import settings

TOKEN_BYTES = 32


def new_token() -> str:
    """Return a secret of 256 bits, in characters that fit a header."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return what is stored of a token."""
    message = f"cart:{token}".encode()
    return hmac.new(settings.TOKEN_PEPPER.encode(), message, hashlib.sha256).hexdigest()
