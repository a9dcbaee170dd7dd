"""Every type of notification: whom it concerns, by which channels it goes, and what it says.

A new type is a line in `NotificationType`, an entry in a module here, and a handler that tells
somebody.
"""

from typing import Final

from notifications.constants import MAX_SMS_LENGTH, MAX_TITLE_LENGTH, NotificationType
from notifications.kinds import (
    accounts,
    money,
    orders,
    platform,
    products,
    returns,
    reviews,
    shops,
)
from notifications.kinds.kind import Kind, Text

__all__ = ["KINDS", "Kind", "Text", "render"]

# In the order in which users see them among their preferences.
KINDS: Final[dict[NotificationType, Kind]] = {
    **orders.KINDS,
    **returns.KINDS,
    **money.KINDS,
    **shops.KINDS,
    **products.KINDS,
    **reviews.KINDS,
    **accounts.KINDS,
    **platform.KINDS,
}


def render(kind: NotificationType, language: str, values: dict[str, str]) -> Text:
    """Return title, body and SMS in a language, each on as many characters as its place has."""
    text = KINDS[kind].text(language)
    return Text(
        _one_line(text.title.format(**values))[:MAX_TITLE_LENGTH],
        text.body.format(**values).strip(),
        _one_line(text.sms.format(**values).replace("₫", "d"))[:MAX_SMS_LENGTH],
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
