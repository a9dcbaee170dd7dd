"""What documents have in common."""

from datetime import datetime
from typing import Any

from django.conf import settings

from shops.models import Shop

_ADDRESS = ("line1", "line2", "ward", "district", "province", "postal_code", "country")


def common() -> dict[str, Any]:
    """What every document is read by, also when the settings are others by then."""
    return {"version": 1, "site": settings.SITE_NAME, "time_zone": settings.LOCAL_TIME_ZONE}


def seller(shop: Shop) -> dict[str, Any]:
    return {
        "name": shop.name,
        "address": address_lines(shop.pickup_address),
        "phone": shop.contact_phone,
        "email": shop.contact_email,
    }


def address_lines(address: dict[str, Any]) -> list[str]:
    """Return an address as it is written on paper: the street, then the place."""
    line1, line2, *place = (str(address.get(name) or "") for name in _ADDRESS)
    return [line for line in (line1, line2, ", ".join(filter(None, place))) if line]


def instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
