"""Who is told of which event. Each runs once per event, in the transaction that marks it."""

from accounts.hooks import export_sections
from notifications.handlers import (  # noqa: F401 - registers them
    accounts,
    money,
    orders,
    platform,
    products,
    returns,
    reviews,
    shops,
    teams,
)
from notifications.selectors import held_notifications, held_preferences

export_sections["notifications"] = held_notifications
export_sections["notification_preferences"] = held_preferences
