"""Secrets of endpoints, which are derived and never stored, and what is signed with them."""

import base64
import hashlib
import hmac
from datetime import datetime

from django.conf import settings

from marketplace.common.signing import sign
from notifications.webhooks.constants import OLD_SECRET_LIVES
from notifications.webhooks.models import WebhookEndpoint

PREFIX = "whsec_"


def secret_of(endpoint: WebhookEndpoint, version: int | None = None) -> str:
    """Return an endpoint's secret: an HMAC over its id and how often the secret was replaced."""
    bound = f"webhook:{endpoint.pk}:{version or endpoint.secret_version}"
    mac = hmac.new(settings.TOKEN_PEPPER.encode(), bound.encode(), hashlib.sha256).digest()
    return PREFIX + base64.urlsafe_b64encode(mac).decode().rstrip("=")


def signature_of(endpoint: WebhookEndpoint, body: str, *, at: datetime) -> str:
    """Return the header `t=…,v1=…`; a second `v1` is by the secret before, while it lives on."""
    time = int(at.timestamp())
    versions = [endpoint.secret_version]
    if endpoint.rotated_at and at - endpoint.rotated_at < OLD_SECRET_LIVES:
        versions.append(endpoint.secret_version - 1)
    signed = [
        f"v1={sign(f'{time}.{body}', secret_of(endpoint, version), 'sha256')}"
        for version in versions
    ]
    return ",".join([f"t={time}", *signed])
