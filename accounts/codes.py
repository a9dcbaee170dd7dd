"""The digits of one-time codes, which are derived and never stored."""

import hashlib
import hmac

from django.conf import settings

from accounts.constants import OTP_DIGITS
from accounts.models import OneTimeCode


def digits_of(code: OneTimeCode) -> str:
    """Return a code's six digits: an HMAC over its id, owner, purpose and destination."""
    bound = f"otp:{code.pk}:{code.user_id}:{code.purpose}:{code.destination}"
    mac = hmac.new(settings.TOKEN_PEPPER.encode(), bound.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8]) % 10**OTP_DIGITS:0{OTP_DIGITS}d}"
