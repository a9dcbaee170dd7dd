"""Invitations as people get them, in their language: they need not have an account yet."""

from typing import Final

from django.conf import settings

from accounts.constants import Language
from marketplace.common import messaging

_SUBJECTS: Final[dict[str, str]] = {
    Language.VIETNAMESE: "Lời mời tham gia {shop}",
    Language.ENGLISH: "An invitation to join {shop}",
}
_BODIES: Final[dict[str, str]] = {
    Language.VIETNAMESE: (
        "{inviter} mời bạn tham gia cửa hàng “{shop}” tại {site}.\n\n"
        "Đăng nhập hoặc đăng ký bằng địa chỉ e-mail này, rồi mở liên kết trước {until}:\n\n"
        "{link}\n\n"
        "Nếu bạn không biết cửa hàng này, hãy bỏ qua thư."
    ),
    Language.ENGLISH: (
        "{inviter} invites you to work for the shop “{shop}” at {site}.\n\n"
        "Sign in, or register, with this e-mail address, and open the link before {until}:\n\n"
        "{link}\n\n"
        "If you do not know this shop, ignore this message."
    ),
}


def send_invitation(
    *, to: str, language: str, shop: str, inviter: str, until: str, token: str
) -> None:
    """Send the link by which a mailbox joins a shop's team. Raises: what `send_email` raises."""
    language = language if language in Language else Language.ENGLISH
    values = {
        "shop": shop,
        "inviter": inviter,
        "until": until,
        "site": settings.SITE_NAME,
        "link": f"{settings.SHOP_FRONT_URL}/invitations/{token}",
    }
    messaging.send_email(
        to=to,
        subject=_SUBJECTS[language].format(**values),
        body=_BODIES[language].format(**values),
    )
