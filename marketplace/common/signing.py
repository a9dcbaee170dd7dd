"""Signatures with a shared secret; secrets may be several, so that one can be replaced."""

import hashlib
import hmac
from collections.abc import Sequence


def sign(text: str, secret: str, algorithm: str) -> str:
    """Return the lowercase hex HMAC of a text; `algorithm` as hashlib names it."""
    return hmac.new(secret.encode(), text.encode(), getattr(hashlib, algorithm)).hexdigest()


def is_signed(text: str, signature: str, secrets: Sequence[str], algorithm: str) -> bool:
    """Tell, in constant time, whether one of the secrets made the signature."""
    given = signature.encode("utf-8", "replace")
    made = [sign(text, secret, algorithm).encode() for secret in secrets if secret]
    return bool([True for each in made if hmac.compare_digest(each, given)])


def secrets_of(setting: str) -> list[str]:
    """Return the secrets in a setting, separated by commas; the first one signs."""
    return [secret.strip() for secret in setting.split(",") if secret.strip()]
