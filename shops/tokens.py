"""The tokens in the links of invitations, which are derived and never stored."""

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

from shops.models import ShopInvitation

_ID_LENGTH = 32


def token_of(invitation: ShopInvitation) -> str:
    """Return an invitation's token: its id, and an HMAC over that, its mailbox and its sending."""
    bound = f"invitation:{invitation.pk}:{invitation.email}:{invitation.sent_count}"
    mac = hmac.new(settings.TOKEN_PEPPER.encode(), bound.encode(), hashlib.sha256)
    return f"{invitation.pk.hex}{mac.hexdigest()}"


def invitation_id_in(token: str) -> UUID | None:
    """Return the id that a token names, or None for what cannot be one."""
    try:
        return UUID(hex=token[:_ID_LENGTH])
    except ValueError:
        return None


def is_token_of(invitation: ShopInvitation, token: str) -> bool:
    """Tell whether a token is the one that was sent last."""
    return hmac.compare_digest(token_of(invitation).encode(), token.encode())
