"""Codes of an authenticator app (TOTP, RFC 6238), and the picture by which it learns its key."""

import hashlib
import hmac
from base64 import b32encode
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings
from reportlab.graphics.barcode import qr

STEP_SECONDS: Final = 30
DIGITS: Final = 6
# Clocks of telephones go wrong by so many steps, either way.
DRIFT_STEPS: Final = 1
# What apps take without being told: SHA-1, 160 bits.
_KEY_BYTES: Final = 20
_QUIET_ZONE: Final = 4  # Source: ISO/IEC 18004, modules of white around


def key_of(user_id: UUID, factor_id: UUID) -> bytes:
    """Return the key of a user's device, which is derived and never stored."""
    bound = f"totp:{user_id}:{factor_id}".encode()
    mac = hmac.new(settings.TOKEN_PEPPER.encode(), bound, hashlib.sha256)
    return mac.digest()[:_KEY_BYTES]


def code_at(key: bytes, step: int) -> str:
    """Return the code of a half minute. Source: RFC 4226, 5.3."""
    mac = hmac.digest(key, step.to_bytes(8), "sha1")
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_at(moment: datetime) -> int:
    """Return the number of the half minute."""
    return int(moment.timestamp()) // STEP_SECONDS


def step_of(key: bytes, code: str, moment: datetime) -> int | None:
    """Return the half minute near `moment` that a code belongs to, the newest first."""
    now = step_at(moment)
    found = None
    for step in range(max(0, now - DRIFT_STEPS), now + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(key, step).encode(), code.encode()):
            found = step
    return found


def readable(key: bytes) -> str:
    """Return a key as people type it, in groups of four."""
    text = b32encode(key).decode()
    return " ".join(text[n : n + 4] for n in range(0, len(text), 4))


def address_of(key: bytes, account: str) -> str:
    """Return what the picture says. Source: Google Authenticator's key URI format."""
    issuer = settings.SITE_NAME
    query = urlencode({"secret": b32encode(key).decode(), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{query}"


def qr_path(text: str) -> tuple[str, int]:
    """Return a QR code as the path of an SVG of one unit per module, and its side."""
    widget: Any = qr.QrCodeWidget(text, barLevel="M")
    widget.draw()
    count = widget.qr.getModuleCount()
    squares = [
        f"M{column + _QUIET_ZONE} {row + _QUIET_ZONE}h1v1h-1z"
        for row in range(count)
        for column in range(count)
        if widget.qr.isDark(row, column)
    ]
    return "".join(squares), count + 2 * _QUIET_ZONE
