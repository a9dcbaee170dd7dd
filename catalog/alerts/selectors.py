"""Reads of alerts beyond one user's list."""

from typing import Any

from accounts.models import User
from catalog.alerts.models import Alert


def held_alerts(user: User) -> list[dict[str, Any]]:
    """Return what the user waits or waited for, for the export of all that is held about them."""
    names = ("id", "product_id", "variant_id", "kind", "price_amount", "target_amount")
    rows = Alert.objects.of(user).order_by("pk")
    return [dict(row) for row in rows.values(*names, "told_at", "created_at")]
