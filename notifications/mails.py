"""Mails as people see them: text and HTML, in their language, with a link to what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from accounts.constants import Language
from accounts.models import User
from marketplace.common.money import display_amount
from notifications.constants import Audience, NotificationType
from notifications.kinds import KINDS
from notifications.models import Delivery, Notification
from orders.models import Order, OrderItem

MAX_ITEMS = 20

_WORDS: Final[dict[str, dict[str, str]]] = {
    Language.VIETNAMESE: {
        "open": "Xem chi tiết",
        "hello": "Chào {name},",
        "quantity": "Số lượng",
        "more": "và {count} mặt hàng khác",
        "shipping": "Phí vận chuyển",
        "discount": "Giảm giá",
        "total": "Tổng cộng",
        "digest": "Thông báo hôm nay của bạn ({count})",
        "digest_intro": "Đây là những gì đã diễn ra từ bản tin trước.",
        "why": "Bạn nhận được thư này vì có tài khoản tại {site}.",
        "choose": "Chọn loại thư bạn muốn nhận",
        "security": "Đây là thư bảo mật nên không thể tắt.",
    },
    Language.ENGLISH: {
        "open": "See details",
        "hello": "Hello {name},",
        "quantity": "Quantity",
        "more": "and {count} more",
        "shipping": "Shipping",
        "discount": "Discount",
        "total": "Total",
        "digest": "Your notifications today ({count})",
        "digest_intro": "This is what has happened since the last daily mail.",
        "why": "You get this mail because you have an account at {site}.",
        "choose": "Choose which mails you want",
        "security": "This is a security message, which cannot be switched off.",
    },
}


@dataclass(frozen=True)
class Mail:
    subject: str
    body: str
    html: str
    headers: dict[str, str]


@dataclass(frozen=True)
class _Entry:
    title: str
    body: str
    url: str


def compose(delivery: Delivery) -> Mail:
    """Return the mail of one notification; of an order, with what was ordered."""
    notification = delivery.notification
    user = notification.user
    words = _words(user)
    order = _order(notification)
    number = notification.data.get("order_number", "")
    is_locked = delivery.is_urgent
    context = {
        "entry": _entry(notification, order),
        "order": _summary(order, words) if order else None,
    }
    subject = f"{notification.title} · {number}" if number else notification.title
    return _mail(delivery.pk, user, subject, "mail", context, is_locked=is_locked)


def compose_digest(user: User, notifications: Sequence[Notification]) -> Mail:
    """Return one mail for many notifications."""
    words = _words(user)
    orders = {
        str(order.pk): order
        for order in Order.objects.filter(
            pk__in=[row.data["order_id"] for row in notifications if "order_id" in row.data]
        )
    }
    subject = words["digest"].format(count=len(notifications))
    context = {
        "title": subject,
        "entries": [_entry(row, orders.get(row.data.get("order_id", ""))) for row in notifications],
    }
    return _mail(notifications[0].pk, user, subject, "digest", context, is_locked=False)


def preferences_url() -> str:
    """Return where a user chooses what to get."""
    return f"{settings.SHOP_FRONT_URL}/profile/notifications"


def _mail(
    key: UUID, user: User, subject: str, template: str, context: dict[str, Any], *, is_locked: bool
) -> Mail:
    words = _words(user)
    site = settings.SITE_NAME
    context |= {
        "language": user.language,
        "subject": subject,
        "site": site,
        "site_url": settings.SHOP_FRONT_URL,
        "words": words,
        "hello": words["hello"].format(name=user.full_name),
        "why": words["why"].format(site=site),
        "is_locked": is_locked,
        "preferences_url": preferences_url(),
    }
    headers = {
        # The same for every try: a mailbox that has it already may drop the second.
        "Message-ID": f"<{key}@{urlsplit(settings.SITE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    if not is_locked:
        headers["List-Unsubscribe"] = f"<{preferences_url()}>"
    return Mail(
        subject,
        render_to_string(f"notifications/{template}.txt", context),
        render_to_string(f"notifications/{template}.html", context),
        headers,
    )


def _words(user: User) -> dict[str, str]:
    return _WORDS.get(user.language, _WORDS[Language.VIETNAMESE])


def _order(notification: Notification) -> Order | None:
    order_id = notification.data.get("order_id")
    return Order.objects.filter(pk=order_id).first() if order_id else None


def _entry(notification: Notification, order: Order | None) -> _Entry:
    return _Entry(notification.title, notification.body, _url(notification, order))


def _url(notification: Notification, order: Order | None) -> str:
    """Return where the app shows what it is about; each side of an order has its own page."""
    if order is not None:
        is_buyer = order.buyer_id == notification.user_id
        page = f"/orders/{order.number}" if is_buyer else f"/seller/orders/{order.pk}"
        return f"{settings.SHOP_FRONT_URL}{page}"
    kind = KINDS[NotificationType(notification.type)]
    if not kind.page:
        return ""
    base = settings.SITE_URL if kind.audience == Audience.STAFF else settings.SHOP_FRONT_URL
    return f"{base}{kind.page.format(**notification.data)}"


def _summary(order: Order, words: dict[str, str]) -> dict[str, Any]:
    items = list(OrderItem.objects.filter(order=order).order_by("pk"))
    rows = [(words["shipping"], display_amount(order.shipping_fee_amount, order.currency))]
    if order.discount_amount:
        discount = display_amount(-order.discount_amount, order.currency)
        rows.insert(0, (words["discount"], discount))
    return {
        "items": [
            {
                "title": item.title,
                "quantity": item.quantity,
                "total": display_amount(item.line_total_amount, order.currency),
            }
            for item in items[:MAX_ITEMS]
        ],
        "more": words["more"].format(count=len(items) - MAX_ITEMS)
        if len(items) > MAX_ITEMS
        else "",
        "rows": rows,
        "total": display_amount(order.total_amount, order.currency),
    }
